-- title:   Predictions around a moment
-- answers: What was logged just before and just after a request?
-- grain:   one row per prediction, nearest first
-- param:   model varchar = null; only this model
-- param:   moment timestamptz = newest; the ts of the request
-- param:   source_id integer = -1; of the request, which is left out
-- param:   source_offset bigint = -1; of the request, bytes
-- param:   each_side integer >= 0 = 25; most rows before it, and after it
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
-- used by: console/engine/neighbours.py
with earlier as (
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
      and ts <= $moment
      and (ts < $moment or source_id < $source_id or (source_id = $source_id and source_offset < $source_offset))
    order by ts desc, source_id desc, source_offset desc
    limit $each_side
),
later as (
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
      and ts >= $moment
      and (ts > $moment or source_id > $source_id or (source_id = $source_id and source_offset > $source_offset))
    order by ts, source_id, source_offset
    limit $each_side
),
near as (
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
    from earlier
    union all
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
    from later
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
from near as n
join sources as s on s.source_id = n.source_id
order by abs(epoch_us(n.ts) - epoch_us($moment)), n.ts, n.source_id, n.source_offset
limit $row_limit
