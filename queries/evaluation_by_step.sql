-- title:   Quality by step
-- answers: What are the measures of quality made of, step by step?
-- grain:   one row per step and way of being right or wrong, oldest first
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   basis varchar = 'truth'; truth, or labels: those given
-- param:   labels varchar = '{}'; JSON: {"keys": [...], "verdicts": [...]}, the verdict of each request key
-- param:   is_number boolean = false; numbers are predicted, and errors measured
-- param:   positive varchar = null; the positive one of two classes
-- param:   of_prediction boolean = false; the score is the chance of what was predicted, not of the positive class
-- param:   edges varchar = '[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]'; JSON: the highest score of each bin but the last
-- param:   step_seconds integer >= 1 = 3600; length of a step; steps begin at whole multiples of it
-- param:   row_limit integer = 100000; most rows to give
-- column:  step_start; UTC
-- column:  is_told; whether there are a prediction and a verdict
-- column:  is_right; whether they agree
-- column:  says_positive; whether the positive class is predicted; null where there is none
-- column:  is_positive; whether it is the verdict
-- column:  rows; requests
-- column:  scored; those with a score from 0 to 1
-- column:  brier; sum of (chance - outcome) squared
-- column:  brier_squares; sum of the squares of these
-- column:  signed; sum of prediction less truth
-- column:  absolute; sum of absolute errors
-- column:  squares; sum of squared errors
-- column:  fourths; sum of their squares
-- column:  bins; JSON, scored rows by bin: the lowest scores first, beyond the last edge last
-- used by: console/engine/evaluating.py
with given as (
    select
        unnest(told.keys) as request_key,
        unnest(told.verdicts) as verdict
    from (select try(json_transform($labels, '{"keys": ["VARCHAR"], "verdicts": ["VARCHAR"]}')) as told)
),
held as (
    select
        p.ts,
        p.source_id,
        p.source_offset,
        p.prediction,
        p.prediction_value,
        p.score,
        case when $basis = 'labels' then g.verdict else p.truth end as verdict
    from predictions as p
    left join sources as s on s.source_id = p.source_id and $basis = 'labels'
    left join given as g on g.request_key = coalesce(p.request_id, s.path || ':' || p.source_offset)
    where p.model = $model
      and p.ts >= $start
      and p.ts < $until
),
measured as (
    select
        ts,
        prediction,
        prediction_value,
        verdict,
        verdict_value,
        score,
        coalesce(prediction_value = verdict_value, prediction = verdict) as is_right,
        coalesce(prediction_value = try_cast($positive as double), prediction = $positive) as says_positive,
        coalesce(verdict_value = try_cast($positive as double), verdict = $positive) as is_positive
    from (
        select
            ts,
            prediction,
            prediction_value,
            verdict,
            score,
            case when prediction_value is not null then try_cast(verdict as double) end as verdict_value
        from held
    )
),
told as (
    select
        ts,
        case
            when $is_number then isfinite(prediction_value) and isfinite(verdict_value)
            else prediction is not null and verdict is not null
        end as is_told,
        is_right,
        says_positive,
        is_positive,
        coalesce(is_positive, is_right) as outcome,
        case
            when not score between 0 and 1 then null
            when $of_prediction and not says_positive then 1 - score
            else score
        end as chance,
        greatest(-1e60, least(1e60, prediction_value - verdict_value)) as error
    from measured
),
sums as (
    select
        epoch_us(ts) // ($step_seconds * cast(1000000 as bigint)) as step,
        is_told,
        is_right,
        says_positive,
        is_positive,
        count(*) as rows,
        count(chance) as scored,
        sum((chance - outcome::integer) ** 2) as brier,
        sum((chance - outcome::integer) ** 4) as brier_squares,
        sum(error) as signed,
        sum(abs(error)) as absolute,
        sum(error ** 2) as squares,
        sum(error ** 4) as fourths,
        histogram(chance, coalesce(try(from_json($edges, '["DOUBLE"]')), [0.5])) as bins
    from told
    group by 1, 2, 3, 4, 5
)
select
    make_timestamptz(step * $step_seconds * cast(1000000 as bigint)) as step_start,
    is_told,
    is_right,
    says_positive,
    is_positive,
    rows,
    scored,
    brier,
    brier_squares,
    signed,
    absolute,
    squares,
    fourths,
    to_json(map_values(bins)) as bins
from sums
order by
    step_start,
    is_told,
    is_right,
    says_positive,
    is_positive
limit $row_limit
