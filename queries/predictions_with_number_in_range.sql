-- title:   Predictions with a number in a range
-- answers: Which requests have a number in this range in this feature?
-- grain:   one row per prediction, newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   feature varchar; a number feature, score or prediction; features.score for a feature of that name
-- param:   lower double = null; inclusive, null for no limit
-- param:   upper double = null; exclusive, null for no limit
-- param:   conditions varchar = '[]'; only rows that meet them: JSON, see docs/explain.md
-- param:   row_limit integer = 200; most rows to give
-- column:  ts; UTC
-- column:  model
-- column:  model_version
-- column:  endpoint
-- column:  status
-- column:  error_type
-- column:  latency_ms; ms
-- column:  prediction
-- column:  score
-- column:  request_key; request_id, or path:offset where none was logged
-- column:  source_id
-- column:  source_offset; bytes
-- used by: console/checks/drift.py, for the offending rows
select
    p.ts,
    p.model,
    p.model_version,
    p.endpoint,
    p.status,
    p.error_type,
    p.latency_ms,
    p.prediction,
    p.score,
    coalesce(p.request_id, s.path || ':' || p.source_offset) as request_key,
    p.source_id,
    p.source_offset
from predictions as p
join sources as s on s.source_id = p.source_id
where p.model = $model
  and p.ts >= $start
  and p.ts < $until
  and (
      (
          $feature = 'score'
          and p.score is not null
          and ($lower is null or p.score >= $lower)
          and ($upper is null or p.score < $upper)
      )
      or (
          $feature = 'prediction'
          and p.prediction_value is not null
          and ($lower is null or p.prediction_value >= $lower)
          and ($upper is null or p.prediction_value < $upper)
      )
      or (p.source_id, p.source_offset) in (
          select f.source_id, f.source_offset
          from feature_numbers as f
          where f.model = $model
            and f.ts >= $start
            and f.ts < $until
            and f.feature = $feature
            and ($lower is null or f.value >= $lower)
            and ($upper is null or f.value < $upper)
      )
  )
  and (
      $conditions = '[]'
      or (p.source_id, p.source_offset) in (
          select w.source_id, w.source_offset
          from rows_meeting($model, $start, $until, $conditions) as w
      )
  )
order by p.ts desc, p.source_id, p.source_offset desc
limit $row_limit
