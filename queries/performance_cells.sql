-- title:   Predictions and truth by step
-- answers: What was predicted, with which score, where it is known what was true, step by step?
-- grain:   one row per step, model, kind, slice, prediction, truth and bin; all of a model first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 15; length of a step; steps begin at whole multiples of it
-- param:   max_classes integer = 20; predictions and truths beyond the most frequent ones are pooled
-- param:   max_slices integer = 20; of a dimension only so many values, the most frequent ones
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  kind; class: texts, or integers up to 99; number: any two numbers, so that a row can be both; all: any request
-- column:  dimension; field or tag that the slice is cut by, empty for all rows
-- column:  slice_value
-- column:  prediction; of a class, (rest) for the rarer ones; empty for a number
-- column:  truth; of a class, equal to the prediction only if that was right; empty for a number
-- column:  bin; of a class the score's twentieth, 0 to 19, or -1, as in slices; of a number 20 log10 of the error, or -400
-- column:  rows; requests with a truth, of the kind all any
-- used by: console/checks/performance.py
with pairs as (
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        model,
        dimension,
        slice_value,
        prediction,
        truth,
        abs(prediction_value - try_cast(truth as double)) as error,
        case
            when dimension = '' and score between 0 and 1 then least(19, cast(floor(score * 20) as integer))
            else -1
        end as score_bin
    from prediction_slices
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and truth is not null
      and prediction is not null
),
kept_slices as (
    select
        model,
        dimension,
        slice_value
    from pairs
    group by 1, 2, 3
    qualify row_number() over (partition by model, dimension order by count(*) desc, slice_value) <= $max_slices
),
classes as (
    select
        model,
        truth as class
    from pairs
    where dimension = ''
    group by 1, 2
    qualify row_number() over (partition by model order by count(*) desc, truth) <= $max_classes
),
cells as (
    select
        p.step,
        p.model,
        'class' as kind,
        p.dimension,
        p.slice_value,
        coalesce(predicted.class, '(rest)') as prediction,
        case
            when p.prediction = p.truth then coalesce(predicted.class, '(rest)')
            when true_one.class is not null then true_one.class
            when predicted.class is null then '(another)'
            else '(rest)'
        end as truth,
        p.score_bin as bin,
        count(*) as rows
    from pairs as p
    join kept_slices as k on k.model = p.model and k.dimension = p.dimension and k.slice_value = p.slice_value
    left join classes as predicted on predicted.model = p.model and predicted.class = p.prediction
    left join classes as true_one on true_one.model = p.model and true_one.class = p.truth
    where p.error is null
       or (regexp_full_match(p.prediction, '-?[0-9]{1,2}') and regexp_full_match(p.truth, '-?[0-9]{1,2}'))
    group by 1, 2, 3, 4, 5, 6, 7, 8
    union all
    select
        p.step,
        p.model,
        'number' as kind,
        p.dimension,
        p.slice_value,
        '' as prediction,
        '' as truth,
        case
            when p.error > 1e-20 then cast(floor(20 * log10(least(p.error, 1e60)) + 1e-9) as integer) else -400
        end as bin,
        count(*) as rows
    from pairs as p
    join kept_slices as k on k.model = p.model and k.dimension = p.dimension and k.slice_value = p.slice_value
    where isfinite(p.error)
    group by 1, 2, 3, 4, 5, 6, 7, 8
    union all
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        model,
        'all' as kind,
        '' as dimension,
        '' as slice_value,
        '' as prediction,
        '' as truth,
        -1 as bin,
        count(*) as rows
    from predictions
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
    group by 1, 2
)
select
    make_timestamptz(step * ($step_minutes * cast(60000000 as bigint))) as step_start,
    model,
    kind,
    dimension,
    slice_value,
    prediction,
    truth,
    bin,
    rows
from cells
order by
    dimension <> '',
    model,
    kind,
    dimension,
    slice_value,
    prediction,
    truth,
    bin,
    step_start
limit $row_limit
