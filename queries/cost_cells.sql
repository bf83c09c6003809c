-- title:   Tokens and cost by step
-- answers: How many requests took how many tokens and cost how much, in each slice, step by step?
-- grain:   one row per step, model, measure, slice and bin; whole models first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 5; length of a step; steps begin at whole multiples of it
-- param:   model varchar = null; only this model
-- param:   sample_share double = 1; share of the requests that are counted, 0..1; always the same ones
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  measure; tokens_in, tokens_out or cost
-- column:  dimension; field or tag that the slice is cut by, empty for all rows; only its 20 most frequent values
-- column:  slice_value
-- column:  bin; from 10^(bin / 20) to the next: a bin is 12 % wide; -240 is everything up to 10^-12
-- column:  rows; requests with the measure, of the sample
-- used by: console/checks/cost.py
with measured as (
    select
        ts,
        model,
        dimension,
        slice_value,
        unnest([
            {measure: 'tokens_in', value: cast(tokens_in as double)},
            {measure: 'tokens_out', value: cast(tokens_out as double)},
            {measure: 'cost', value: cost}
        ]) as taken
    from prediction_slices
    where ts >= $start
      and ts < $until
      and (tokens_in is not null or tokens_out is not null or cost is not null)
      and ($sample_share >= 1 or hash(source_id, source_offset) % 1000000 < $sample_share * 1000000)
      and ($model is null or model = $model)
),
cells as (
    select
        make_timestamptz(
            epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) * ($step_minutes * cast(60000000 as bigint))
        ) as step_start,
        model,
        taken.measure as measure,
        dimension,
        slice_value,
        cast(floor(20 * log10(least(greatest(taken.value, 1e-12), 1e15)) + 1e-9) as integer) as bin,
        count(*) as rows
    from measured
    where taken.value is not null
    group by 1, 2, 3, 4, 5, 6
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
    c.measure,
    c.dimension,
    c.slice_value,
    c.bin,
    c.rows
from cells as c
join kept as k on k.model = c.model and k.dimension = c.dimension and k.slice_value = c.slice_value
order by c.dimension <> '', c.model, c.measure, c.dimension, c.slice_value, c.bin, c.step_start
limit $row_limit
