-- title:   Truth and prediction
-- answers: Which truths, or labels, were predicted as what, and with which scores?
-- grain:   one row per pair of truth and prediction, the most frequent first
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   basis varchar = 'truth'; truth, or labels: those given
-- param:   labels varchar = '{}'; JSON: {"keys": [...], "verdicts": [...]}, the verdict of each request key
-- param:   row_limit integer = 10000; most rows to give
-- column:  kind; class: texts, or whole numbers up to 99; number: any other two numbers; else why it is left out
-- column:  prediction; of a class
-- column:  truth; of a class, as logged or labelled
-- column:  is_number; whether both are numbers
-- column:  rows; requests
-- column:  scored; those with a score from 0 to 1
-- column:  score_sum; of these
-- column:  least_score; of these
-- used by: console/engine/evaluating_place.py
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
read as (
    select
        prediction,
        verdict,
        score,
        prediction_value,
        try_cast(verdict as double) as verdict_value
    from held
),
sorted as (
    select
        prediction,
        prediction_value,
        verdict,
        verdict_value,
        score,
        coalesce(isfinite(prediction_value) and isfinite(verdict_value), false) as is_number,
        coalesce(prediction_value = trunc(prediction_value) and abs(prediction_value) < 100, false) as is_small,
        coalesce(verdict_value = trunc(verdict_value) and abs(verdict_value) < 100, false) as is_small_verdict
    from read
),
pairs as (
    select
        case
            when verdict is null then 'nothing to hold it against'
            when prediction is null then 'no prediction'
            when is_number and not (is_small and is_small_verdict) then 'number'
            else 'class'
        end as kind,
        case when is_small then cast(prediction_value as integer)::varchar else prediction end as said,
        case when is_small_verdict then cast(verdict_value as integer)::varchar else verdict end as verdict,
        is_number,
        score
    from sorted
)
select
    kind,
    case when kind = 'class' then said end as prediction,
    case when kind = 'class' then verdict end as truth,
    is_number,
    count(*) as rows,
    count(*) filter (where score between 0 and 1) as scored,
    sum(score) filter (where score between 0 and 1) as score_sum,
    min(score) filter (where score between 0 and 1) as least_score
from pairs
group by 1, 2, 3, 4
order by
    kind = 'class',
    rows desc,
    kind,
    truth,
    prediction,
    is_number
limit $row_limit
