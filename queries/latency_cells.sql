-- title:   Latency by step
-- answers: How many requests took how long, on each endpoint and in each of its slices, step by step?
-- grain:   one row per step, model, endpoint, slice and bin; whole endpoints first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 5; length of a step; steps begin at whole multiples of it
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  endpoint; empty where none was logged
-- column:  dimension; field or tag that the slice is cut by, empty for all rows; only its 40 most frequent values
-- column:  slice_value
-- column:  bin; latencies from 10^(bin / 20) ms to the next: a bin is 12 % wide; -60 is everything up to a microsecond
-- column:  rows; requests with a latency
-- used by: console/checks/latency.py
with cells as (
    select
        make_timestamptz(
            epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) * ($step_minutes * cast(60000000 as bigint))
        ) as step_start,
        model,
        coalesce(endpoint, '') as endpoint,
        dimension,
        slice_value,
        cast(floor(20 * log10(least(greatest(latency_ms, 0.001), 1e15)) + 1e-9) as integer) as bin,
        count(*) as rows
    from prediction_slices
    where ts >= $start
      and ts < $until
      and latency_ms is not null
      and dimension <> 'endpoint'
      and ($model is null or model = $model)
    group by 1, 2, 3, 4, 5, 6
),
kept as (
    select
        model,
        dimension,
        slice_value
    from cells
    group by 1, 2, 3
    qualify row_number() over (partition by model, dimension order by sum(rows) desc, slice_value) <= 40
)
select
    c.step_start,
    c.model,
    c.endpoint,
    c.dimension,
    c.slice_value,
    c.bin,
    c.rows
from cells as c
join kept as k on k.model = c.model and k.dimension = c.dimension and k.slice_value = c.slice_value
order by c.dimension <> '', c.model, c.endpoint, c.dimension, c.slice_value, c.bin, c.step_start
limit $row_limit
