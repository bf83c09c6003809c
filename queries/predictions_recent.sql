-- title:   Newest predictions
-- answers: What has been logged last?
-- grain:   one row per prediction, newest first
-- param:   model varchar = null; only this model
-- param:   until timestamptz = newest; the newest of them
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
-- used by: console/engine, for the newest requests of the overview
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
where ($model is null or p.model = $model)
  and p.ts <= $until
order by p.ts desc, p.source_id, p.source_offset desc
limit $row_limit
