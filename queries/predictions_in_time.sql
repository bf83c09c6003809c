-- title:   Predictions of a time
-- answers: Which requests were there between two moments?
-- grain:   one row per prediction, newest first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   row_offset bigint >= 0 = 0; rows to pass over, the newest first
-- param:   row_limit integer = 500; most rows to give
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
-- used by: console/engine, for the list of requests that meet a filter
with listed as (
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
    where ts >= $start
      and ts < $until
    order by ts desc, source_id, source_offset desc
    limit $row_limit
    offset $row_offset
)
select
    l.ts,
    l.model,
    l.model_version,
    l.endpoint,
    l.status,
    l.error_type,
    l.latency_ms,
    l.prediction,
    l.score,
    coalesce(l.request_id, s.path || ':' || l.source_offset) as request_key,
    l.source_id,
    l.source_offset
from listed as l
join sources as s on s.source_id = l.source_id
order by l.ts desc, l.source_id, l.source_offset desc
limit $row_limit
