-- title:   Newest predictions
-- answers: What has been logged last?
-- grain:   one row per prediction, newest first
-- param:   model varchar = null; only this model
-- param:   start timestamptz = null; none from before
-- param:   until timestamptz = newest; all of them before this
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
with newest as (
    select
        ts,
        model,
        model_version,
        endpoint,
        status,
        error_type,
        latency_ms,
        prediction,
        score,
        request_id,
        source_id,
        source_offset
    from predictions
    where ($model is null or model = $model)
      and ts >= coalesce($start, cast('-infinity' as timestamptz))
      and ts < $until
    order by ts desc, source_id, source_offset desc
    limit $row_limit
)
select
    n.ts,
    n.model,
    n.model_version,
    n.endpoint,
    n.status,
    n.error_type,
    n.latency_ms,
    n.prediction,
    n.score,
    coalesce(n.request_id, s.path || ':' || n.source_offset) as request_key,
    n.source_id,
    n.source_offset
from newest as n
join sources as s on s.source_id = n.source_id
order by n.ts desc, n.source_id, n.source_offset desc
limit $row_limit
