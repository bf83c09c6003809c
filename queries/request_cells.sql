-- title:   Requests by step
-- answers: How many requests and errors had each model, in each of its slices, step by step?
-- grain:   one row per step, model and slice
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 5; length of a step; steps begin at whole multiples of it
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  dimension; field or tag that the slice is cut by, empty for all rows; error_type: the errors of that type
-- column:  slice_value
-- column:  rows; requests
-- column:  errors; requests with an error_type, or a status of 500 and above
-- used by: console/checks/errors.py, console/checks/traffic.py
select
    make_timestamptz(
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) * ($step_minutes * cast(60000000 as bigint))
    ) as step_start,
    model,
    dimension,
    slice_value,
    count(*) as rows,
    count(*) filter (where is_error) as errors
from prediction_slices
where ts >= $start
  and ts < $until
  and ($model is null or model = $model)
group by 1, 2, 3, 4
union all
select
    make_timestamptz(
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) * ($step_minutes * cast(60000000 as bigint))
    ) as step_start,
    model,
    'error_type' as dimension,
    coalesce(error_type, 'status ' || status) as slice_value,
    count(*) as rows,
    count(*) as errors
from predictions
where ts >= $start
  and ts < $until
  and is_error
  and ($model is null or model = $model)
group by 1, 2, 3, 4
order by
    model,
    dimension,
    slice_value,
    step_start
limit $row_limit
