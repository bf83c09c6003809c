-- title:   Scores and outcomes
-- answers: How often was each score given, and how often did that come of which it is the chance?
-- grain:   one row per score, ascending
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   basis varchar = 'truth'; truth, or labels: those given
-- param:   labels varchar = '{}'; JSON: {"keys": [...], "verdicts": [...]}, the verdict of each request key
-- param:   is_number boolean = false; numbers are predicted, and errors measured
-- param:   positive varchar = null; the positive one of two classes
-- param:   of_prediction boolean = false; the score is the chance of what was predicted, not of the positive class
-- param:   row_limit integer = 20000000; most rows to give
-- column:  chance; 0..1
-- column:  rows; requests with a prediction and a verdict
-- column:  hits; of these, with the outcome
-- used by: console/engine/evaluating.py and console/engine/alert_calibration.py
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
        end as chance
    from measured
)
select
    chance,
    count(*) as rows,
    count(*) filter (where outcome) as hits
from told
where is_told
  and chance is not null
group by 1
order by chance
limit $row_limit
