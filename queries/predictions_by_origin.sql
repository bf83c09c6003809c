-- title:   Predictions by their origin
-- answers: Which requests were read from these places?
-- grain:   one row per prediction, newest first
-- param:   source_ids bigint[]; one for each request
-- param:   source_offsets bigint[]; of the same request, bytes
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
-- used by: console/engine/bundling.py, for the requests that were labelled
with wanted as (
    select distinct
        unnest($source_ids) as source_id,
        unnest($source_offsets) as source_offset
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
    p.score,
    coalesce(p.request_id, s.path || ':' || p.source_offset) as request_key,
    p.source_id,
    p.source_offset
from predictions as p
join wanted as w on w.source_id = p.source_id and w.source_offset = p.source_offset
join sources as s on s.source_id = p.source_id
order by p.ts desc, p.source_id, p.source_offset desc
limit $row_limit
