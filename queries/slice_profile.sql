-- title:   Dimensions
-- answers: By which fields and tags can each model's requests be cut, and into how many slices?
-- grain:   one row per model and dimension
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   sample_share double = 1; share of the requests that are looked at, 0..1, always the same ones
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 100000; most rows to give
-- column:  model
-- column:  dimension; model_version, endpoint or a tag; empty for all requests
-- column:  rows; requests that have it, of those that are looked at
-- column:  distinct_values; its different values among them
-- used by: console/checks/profile.py
select
    model,
    dimension,
    count(*) as rows,
    count(distinct slice_value) as distinct_values
from prediction_slices
where ts >= $start
  and ts < $until
  and ($model is null or model = $model)
  and hash(source_id, source_offset) <= $sample_share * 18446744073709551615
group by model, dimension
order by model, dimension
limit $row_limit
