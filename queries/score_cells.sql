-- title:   Scores by step
-- answers: How many requests were predicted to be what, with which score, step by step?
-- grain:   one row per step, model, prediction and score bin
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 15; length of a step; steps begin at whole multiples of it
-- param:   max_classes integer = 20; a model with more distinct predictions in all is left out
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  prediction
-- column:  truth; right, wrong, or empty where no truth was logged
-- column:  bin; the score's hundredth, 0 to 99
-- column:  rows; requests
-- used by: console/checks/estimated.py
with scored as (
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        model,
        prediction,
        case when truth is null then '' when truth = prediction then 'right' else 'wrong' end as truth,
        least(99, cast(floor(score * 100) as integer)) as bin,
        count(*) as rows
    from predictions
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and score between 0 and 1
      and prediction is not null
    group by 1, 2, 3, 4, 5
),
many as (
    select model
    from scored
    group by 1
    having count(distinct prediction) > $max_classes
)
select
    make_timestamptz(step * ($step_minutes * cast(60000000 as bigint))) as step_start,
    model,
    prediction,
    truth,
    bin,
    rows
from scored
where model not in (select m.model from many as m)
order by
    model,
    prediction,
    truth,
    bin,
    step_start
limit $row_limit
