-- title:   Predictions of a finding
-- answers: Which requests stand behind a row of a query that raises alerts?
-- grain:   one row per prediction, newest first
-- param:   model varchar = null; only this model
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   source_ids bigint[] = null; only those that were read from these places: one for each request
-- param:   source_offsets bigint[] = null; of the same request, bytes
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
-- used by: console/engine/findings.py, for the offending rows of alerts that a query of your own raises
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
  and p.ts >= $start
  and p.ts < $until
  and (
      $source_ids is null
      or (p.source_id, p.source_offset) in (
          select
              unnest($source_ids) as source_id,
              unnest($source_offsets) as source_offset
      )
  )
  and (
      $conditions = '[]'
      or (p.source_id, p.source_offset) in (
          select w.source_id, w.source_offset
          from rows_meeting(coalesce($model, ''), $start, $until, $conditions) as w
      )
  )
order by p.ts desc, p.source_id, p.source_offset desc
limit $row_limit
