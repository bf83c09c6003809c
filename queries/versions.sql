-- title:   Versions
-- answers: Which versions of stages, and which features, came with each version of a model?
-- grain:   one row per model version, kind, name and version of the part, the most frequent first
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   row_limit integer = 1000; most rows to give
-- column:  model_version; empty where none was logged
-- column:  kind; stage, tag or feature
-- column:  name
-- column:  part_version; of a stage, or of a tag whose name ends with version; null for a feature
-- column:  rows; requests with both
-- column:  share; share of the model version's requests, 0..1
-- column:  first_seen; UTC
-- column:  last_seen; UTC
-- used by: console/checks/versions.py, for the evidence of its alerts
with totals as (
    select
        coalesce(model_version, '') as model_version,
        count(*) as rows
    from predictions
    where model = $model
      and ts >= $start
      and ts < $until
    group by 1
),
entries as (
    select
        ts,
        coalesce(model_version, '') as model_version,
        unnest(map_entries(try(json_transform(stages, '"MAP(VARCHAR, JSON)"')))) as stage
    from predictions
    where model = $model
      and ts >= $start
      and ts < $until
      and contains(stages, '"version"')
),
parts as (
    select
        ts,
        model_version,
        'stage' as kind,
        stage.key as name,
        stage.value ->> '$.version' as part_version
    from entries
    where stage.value ->> '$.version' is not null
    union all
    select
        ts,
        coalesce(model_version, '') as model_version,
        'tag' as kind,
        dimension as name,
        slice_value as part_version
    from prediction_slices
    where model = $model
      and ts >= $start
      and ts < $until
      and dimension ilike '%version'
      and dimension <> 'model_version'
    union all
    select
        ts,
        coalesce(model_version, '') as model_version,
        'feature' as kind,
        feature as name,
        case when feature ilike '%version' then value end as part_version
    from feature_texts
    where model = $model
      and ts >= $start
      and ts < $until
    union all
    select
        ts,
        coalesce(model_version, '') as model_version,
        'feature' as kind,
        feature as name,
        case when feature ilike '%version' then cast(value as varchar) end as part_version
    from feature_numbers
    where model = $model
      and ts >= $start
      and ts < $until
)
select
    p.model_version,
    p.kind,
    p.name,
    p.part_version,
    count(*) as rows,
    count(*) / any_value(t.rows) as share,
    min(p.ts) as first_seen,
    max(p.ts) as last_seen
from parts as p
join totals as t on t.model_version = p.model_version
group by 1, 2, 3, 4
order by
    p.kind <> 'feature' desc,
    p.name,
    rows desc,
    p.model_version,
    p.kind,
    p.part_version
limit $row_limit
