-- title:   Comparable predictions
-- answers: Which requests of a window and slice were without error and unlike others that were not?
-- grain:   one row per prediction, newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   endpoint varchar = null; only this endpoint; empty for requests without one
-- param:   stage varchar = null; only those with a time for this stage
-- param:   most_ms double = null; only those whose stage, or all of them, took so long at most; ms
-- param:   feature varchar = null; only those that have this feature
-- param:   right boolean = false; only those whose prediction is the truth
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   conditions varchar = '[]'; only rows that meet them: JSON, see docs/explain.md
-- param:   unlike varchar = '[]'; only rows that do not meet these
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
-- used by: console/engine/comparable.py, for requests to hold beside the offending ones
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
  and not p.is_error
  and ($endpoint is null or coalesce(p.endpoint, '') = $endpoint)
  and (
      ($stage is null and $most_ms is null)
      or case
          when $stage is null then p.latency_ms
          else try_cast(
              coalesce(
                  try(json_transform(p.stages, '"MAP(VARCHAR, JSON)"'))[$stage] ->> '$.ms',
                  try(json_transform(p.stages, '"MAP(VARCHAR, JSON)"'))[$stage] ->> '$'
              ) as double
          )
      end <= coalesce($most_ms, 'infinity'::double)
  )
  and (
      $feature is null
      or (p.source_id, p.source_offset) in (
          select n.source_id, n.source_offset
          from feature_numbers as n
          where n.model = $model
            and n.ts >= $start
            and n.ts < $until
            and n.feature = $feature
          union all
          select t.source_id, t.source_offset
          from feature_texts as t
          where t.model = $model
            and t.ts >= $start
            and t.ts < $until
            and t.feature = $feature
            and t.value <> ''
            and lower(t.value) <> 'nan'
      )
  )
  and (not $right or p.prediction = p.truth)
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
  and (
      $unlike = '[]'
      or (p.source_id, p.source_offset) not in (
          select u.source_id, u.source_offset
          from rows_meeting($model, $start, $until, $unlike) as u
      )
  )
order by p.ts desc, p.source_id, p.source_offset desc
limit $row_limit
