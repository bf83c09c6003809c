-- title:   Scores by step
-- answers: How often was each class predicted with which score, and how often was it right where that is known?
-- grain:   one row per step, prediction and hundredth of the score
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_seconds integer >= 1 = 3600; length of a step; steps begin at whole multiples of it
-- param:   row_limit integer = 1000000; most rows to give
-- column:  step_start; UTC
-- column:  prediction; null where none was logged
-- column:  bin; hundredth of the score, 0 to 99; null for no score from 0 to 1
-- column:  rows; requests
-- column:  right_rows; of these, with a truth that is the prediction
-- column:  wrong_rows; of these, with another truth
-- used by: console/engine/evaluating_expected.py
with scored as (
    select
        epoch_us(ts) // ($step_seconds * cast(1000000 as bigint)) as step,
        prediction,
        case when score between 0 and 1 then least(99, cast(floor(score * 100) as integer)) end as bin,
        coalesce(prediction_value = try_cast(truth as double), prediction = truth) as is_right
    from predictions
    where model = $model
      and ts >= $start
      and ts < $until
)
select
    make_timestamptz(step * $step_seconds * cast(1000000 as bigint)) as step_start,
    prediction,
    bin,
    count(*) as rows,
    count(*) filter (where is_right) as right_rows,
    count(*) filter (where not is_right) as wrong_rows
from scored
group by 1, 2, 3
order by
    step_start,
    prediction,
    bin
limit $row_limit
