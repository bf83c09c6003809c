-- title:   Stages by step
-- answers: How many requests of an endpoint spent how long in each stage, in each of its slices, step by step?
-- grain:   one row per step, model, stage, endpoint, slice and bin; all of an endpoint first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 5; length of a step; steps begin at whole multiples of it
-- param:   model varchar = null; only this model
-- param:   sample_share double = 1; share of the requests that are counted, 0..1; always the same ones
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  stage; as logged
-- column:  endpoint; empty where none was logged
-- column:  dimension; field or tag that the slice is cut by, empty for all rows; only its 20 most frequent values
-- column:  slice_value
-- column:  bin; times from 10^(bin / 20) ms to the next: a bin is 12 % wide; -60: up to 0.001 ms, 300: from 1e15 ms on
-- column:  rows; requests with a time for the stage, of the sample
-- used by: console/checks/latency.py
with staged as (
    select
        ts,
        source_id,
        source_offset,
        unnest(map_entries(try(json_transform(stages, '"MAP(VARCHAR, JSON)"')))) as stage
    from predictions
    where ts >= $start
      and ts < $until
      and stages is not null
      and ($sample_share >= 1 or hash(source_id, source_offset) % 1000000 < $sample_share * 1000000)
      and ($model is null or model = $model)
),
timed as (
    select
        source_id,
        source_offset,
        stage.key as stage,
        try_cast(coalesce(stage.value ->> '$.ms', stage.value ->> '$') as double) as ms
    from staged
),
cells as (
    select
        make_timestamptz(
            epoch_us(s.ts) // ($step_minutes * cast(60000000 as bigint)) * ($step_minutes * cast(60000000 as bigint))
        ) as step_start,
        s.model,
        t.stage,
        coalesce(s.endpoint, '') as endpoint,
        s.dimension,
        s.slice_value,
        cast(floor(20 * log10(least(greatest(t.ms, 0.001), 1e15)) + 1e-9) as integer) as bin,
        count(*) as rows
    from timed as t
    join prediction_slices as s on s.source_id = t.source_id and s.source_offset = t.source_offset
    where s.ts >= $start
      and s.ts < $until
      and ($model is null or s.model = $model)
      and ($sample_share >= 1 or hash(s.source_id, s.source_offset) % 1000000 < $sample_share * 1000000)
      and s.dimension <> 'endpoint'
      and t.ms >= 0
      and isfinite(t.ms)
    group by 1, 2, 3, 4, 5, 6, 7
),
kept as (
    select
        model,
        dimension,
        slice_value
    from cells
    group by 1, 2, 3
    qualify row_number() over (partition by model, dimension order by sum(rows) desc, slice_value) <= 20
)
select
    c.step_start,
    c.model,
    c.stage,
    c.endpoint,
    c.dimension,
    c.slice_value,
    c.bin,
    c.rows
from cells as c
join kept as k on k.model = c.model and k.dimension = c.dimension and k.slice_value = c.slice_value
order by c.dimension <> '', c.model, c.stage, c.endpoint, c.dimension, c.slice_value, c.bin, c.step_start
limit $row_limit
