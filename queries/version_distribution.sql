-- title:   Distribution of versions
-- answers: Which versions answered how many requests in a window, against before?
-- grain:   one row per model version and version of the part, the most frequent of the window first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   part varchar = null; a stage, tag or feature whose version is told as well
-- param:   row_limit integer = 100; most rows to give
-- column:  model_version; empty where none was logged
-- column:  part_version; null where none was logged, or no part is asked for
-- column:  rows; requests of the window with both
-- column:  rows_before; the same in the baseline
-- used by: console/engine/before_and_now.py, for the charts of an alert
with staged as (
    select
        source_id,
        source_offset,
        unnest(map_entries(try(json_transform(stages, '"MAP(VARCHAR, JSON)"')))) as stage
    from predictions
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and $part is not null
      and contains(stages, '"version"')
),
found as (
    select
        source_id,
        source_offset,
        stage.value ->> '$.version' as part_version
    from staged
    where stage.key = $part
    union all
    select
        source_id,
        source_offset,
        slice_value as part_version
    from prediction_slices
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and dimension = $part
    union all
    select
        source_id,
        source_offset,
        value as part_version
    from feature_texts
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and feature = $part
    union all
    select
        source_id,
        source_offset,
        cast(value as varchar) as part_version
    from feature_numbers
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and feature = $part
),
parts as (
    select
        source_id,
        source_offset,
        min(part_version) as part_version
    from found
    group by 1, 2
)
select
    coalesce(p.model_version, '') as model_version,
    f.part_version,
    count(*) filter (where p.ts >= $start) as rows,
    count(*) filter (where p.ts < $start) as rows_before
from predictions as p
left join parts as f on f.source_id = p.source_id and f.source_offset = p.source_offset
where p.model = $model
  and p.ts >= $start - to_minutes($baseline_minutes)
  and p.ts < $until
  and $start < $until
group by 1, 2
order by
    rows desc,
    rows_before desc,
    model_version,
    f.part_version
limit $row_limit
