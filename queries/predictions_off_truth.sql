-- title:   Predictions beside their truth
-- answers: Which predictions of a slice were wrong, or right, by the truth that is logged with them?
-- grain:   one row per prediction, newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   right boolean = false; those that are right instead of those that are wrong
-- param:   least_error double = null; of numbers, the absolute error from which one is wrong; null for any error
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
-- column:  truth; as logged
-- used by: console/checks/performance.py, for the offending rows
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
    p.source_offset,
    p.truth
from predictions as p
join sources as s on s.source_id = p.source_id
where p.model = $model
  and p.ts >= $start
  and p.ts < $until
  and p.truth is not null
  and p.prediction is not null
  and coalesce(
      abs(p.prediction_value - try_cast(p.truth as double)) < coalesce($least_error, 1e-20),
      p.truth = p.prediction
  ) = coalesce($right, false)
  and (
      $dimension = ''
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
  and (
      $conditions = '[]'
      or (p.source_id, p.source_offset) in (
          select w.source_id, w.source_offset
          from rows_meeting($model, $start, $until, $conditions) as w
      )
  )
order by p.ts desc, p.source_id, p.source_offset desc
limit $row_limit
