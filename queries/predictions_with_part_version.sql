-- title:   Predictions with a version of a part
-- answers: Which requests of a model version had this version of a stage, a tag or a feature?
-- grain:   one row per prediction, newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   model_version varchar = ''; empty for those without one
-- param:   part varchar = ''; a stage, tag or feature
-- param:   part_version varchar = ''
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
-- used by: console/checks/versions.py, for the offending rows
with staged as (
    select
        source_id,
        source_offset,
        unnest(map_entries(try(json_transform(stages, '"MAP(VARCHAR, JSON)"')))) as stage
    from predictions
    where model = $model
      and ts >= $start
      and ts < $until
      and contains(stages, '"version"')
),
found as (
    select
        source_id,
        source_offset
    from staged
    where stage.key = $part
      and stage.value ->> '$.version' = $part_version
    union
    select
        source_id,
        source_offset
    from prediction_slices
    where model = $model
      and ts >= $start
      and ts < $until
      and dimension = $part
      and slice_value = $part_version
    union
    select
        source_id,
        source_offset
    from feature_texts
    where model = $model
      and ts >= $start
      and ts < $until
      and feature = $part
      and value = $part_version
    union
    select
        source_id,
        source_offset
    from feature_numbers
    where model = $model
      and ts >= $start
      and ts < $until
      and feature = $part
      and cast(value as varchar) = $part_version
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
join found as f on f.source_id = p.source_id and f.source_offset = p.source_offset
join sources as s on s.source_id = p.source_id
where p.model = $model
  and p.ts >= $start
  and p.ts < $until
  and coalesce(p.model_version, '') = $model_version
  and (
      $conditions = '[]'
      or (p.source_id, p.source_offset) in (
          select w.source_id, w.source_offset
          from rows_meeting($model, $start, $until, $conditions) as w
      )
  )
order by p.ts desc, p.source_id, p.source_offset desc
limit $row_limit
