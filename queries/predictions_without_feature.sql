-- title:   Predictions without a feature
-- answers: Which requests lack this feature?
-- grain:   one row per prediction, newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   feature varchar; or prediction, or score
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
-- used by: console/checks/missing.py, for the offending rows
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
  and ($feature <> 'prediction' or coalesce(lower(p.prediction), '') in ('', 'nan'))
  and ($feature <> 'score' or p.score is null)
  and (p.source_id, p.source_offset) not in (
      select n.source_id, n.source_offset
      from feature_numbers as n
      where n.model = $model
        and n.ts >= $start
        and n.ts < $until
        and n.feature = $feature
  )
  and (p.source_id, p.source_offset) not in (
      select t.source_id, t.source_offset
      from feature_texts as t
      where t.model = $model
        and t.ts >= $start
        and t.ts < $until
        and t.feature = $feature
        and t.value <> ''
        and lower(t.value) <> 'nan'
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
