-- title:   Predictions of versions
-- answers: What did two versions of a model predict, request by request?
-- grain:   one row per prediction of either version, newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   basis varchar = 'truth'; truth, or labels: those given
-- param:   labels varchar = '{}'; JSON: {"keys": [...], "verdicts": [...]}, the verdict of each request key
-- param:   first_version varchar = ''
-- param:   second_version varchar = ''
-- param:   row_limit integer = 2000000; most rows to give
-- column:  is_second; whether it is of the second version
-- column:  request_id; null where none was logged
-- column:  prediction
-- column:  prediction_value; the same where it is a number
-- column:  score
-- column:  verdict; truth or label, null where there is none
-- column:  verdict_value; the same where it is a number
-- column:  source_id
-- column:  source_offset; bytes
-- used by: console/engine/evaluating_versions.py
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
)
select
    p.model_version = $second_version as is_second,
    p.request_id,
    h.prediction,
    h.prediction_value,
    h.score,
    h.verdict,
    try_cast(h.verdict as double) as verdict_value,
    h.source_id,
    h.source_offset
from predictions as p
join held as h on h.source_id = p.source_id and h.source_offset = p.source_offset
where p.model_version in ($first_version, $second_version)
order by
    p.ts desc,
    h.source_id,
    h.source_offset desc
limit $row_limit
