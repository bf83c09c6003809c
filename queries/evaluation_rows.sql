-- title:   Predictions beside truth or label
-- answers: Which requests of a slice have a truth or label, those that were predicted wrong first?
-- grain:   one row per prediction that has one; wrong ones first, the most wrong first, then newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   basis varchar = 'truth'; truth, or labels: those given
-- param:   labels varchar = '{}'; JSON: {"keys": [...], "verdicts": [...]}, the verdict of each request key
-- param:   dimension varchar = ''; field or tag to cut by, (score) for tenths of the score, empty for all rows
-- param:   slice_value varchar = ''
-- param:   row_limit integer = 500; most rows to give
-- column:  ts; UTC
-- column:  model
-- column:  model_version
-- column:  endpoint
-- column:  status
-- column:  error_type
-- column:  latency_ms; ms
-- column:  prediction
-- column:  truth; as logged or labelled
-- column:  score
-- column:  request_key; request_id, or path:offset where none was logged
-- column:  source_id
-- column:  source_offset; bytes
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
)
select
    p.ts,
    p.model,
    p.model_version,
    p.endpoint,
    p.status,
    p.error_type,
    p.latency_ms,
    p.prediction,
    h.verdict as truth,
    p.score,
    coalesce(p.request_id, s.path || ':' || p.source_offset) as request_key,
    p.source_id,
    p.source_offset
from predictions as p
join held as h on h.source_id = p.source_id and h.source_offset = p.source_offset
join sources as s on s.source_id = p.source_id
where h.verdict is not null
  and p.prediction is not null
  and (
      $dimension = ''
      or ($dimension = '(score)' and (least(9, cast(floor(p.score * 10) as integer)) / 10)::varchar = $slice_value)
      or (p.source_id, p.source_offset) in (
          select c.source_id, c.source_offset
          from prediction_slices as c
          where c.model = $model
            and c.ts >= $start
            and c.ts < $until
            and c.dimension = $dimension
            and c.slice_value = $slice_value
      )
  )
order by
    coalesce(p.prediction_value = try_cast(h.verdict as double), p.prediction = h.verdict),
    abs(p.prediction_value - try_cast(h.verdict as double)) desc nulls last,
    p.ts desc,
    p.source_id,
    p.source_offset desc
limit $row_limit
