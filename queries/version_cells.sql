-- title:   Versions by step
-- answers: With which other versions, and with which features, was each model version seen, step by step?
-- grain:   one row per step, model, model version, kind, name and value
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 15; length of a step; steps begin at whole multiples of it
-- param:   sampled_rows bigint = 200000; of more rows about so many are looked at for their features
-- param:   max_versions integer = 50; a part with more versions in a step is left out
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  model_version; empty where none was logged
-- column:  kind; rows, sampled: all requests, those looked at; feature: that have it; stage, tag, text, number: a part's
-- column:  name; of the feature or part
-- column:  value; version of the part
-- column:  rows; requests
-- used by: console/checks/versions.py
with requests as (
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        model,
        coalesce(model_version, '') as model_version,
        source_id,
        source_offset,
        stages
    from predictions
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
),
sampling as (
    select cast(greatest(1, count(*) // greatest(1, $sampled_rows)) as ubigint) as every
    from requests
),
entries as (
    select
        step,
        model,
        model_version,
        unnest(map_entries(try(json_transform(stages, '"MAP(VARCHAR, JSON)"')))) as stage
    from requests
    where contains(stages, '"version"')
),
present as (
    select
        ts,
        model,
        model_version,
        'number' as kind,
        feature as name,
        case when feature ilike '%version' then cast(value as varchar) end as value
    from feature_numbers
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) % (select every from sampling) = 0
    union all
    select
        ts,
        model,
        model_version,
        'text' as kind,
        feature as name,
        case when feature ilike '%version' then value end as value
    from feature_texts
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) % (select every from sampling) = 0
),
features as (
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        model,
        coalesce(model_version, '') as model_version,
        kind,
        name,
        value,
        count(*) as rows
    from present
    group by 1, 2, 3, 4, 5, 6
),
parts as (
    select
        step,
        model,
        model_version,
        'stage' as kind,
        stage.key as name,
        stage.value ->> '$.version' as value,
        count(*) as rows
    from entries
    group by 1, 2, 3, 4, 5, 6
    union all
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        model,
        coalesce(model_version, '') as model_version,
        'tag' as kind,
        dimension as name,
        slice_value as value,
        count(*) as rows
    from prediction_slices
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and dimension ilike '%version'
      and dimension <> 'model_version'
    group by 1, 2, 3, 4, 5, 6
    union all
    select
        step,
        model,
        model_version,
        kind,
        name,
        value,
        rows
    from features
),
cells as (
    select
        step,
        model,
        model_version,
        'rows' as kind,
        '' as name,
        '' as value,
        count(*) as rows
    from requests
    group by 1, 2, 3
    union all
    select
        step,
        model,
        model_version,
        'sampled' as kind,
        '' as name,
        '' as value,
        count(*) as rows
    from requests
    where hash(source_id, source_offset) % (select every from sampling) = 0
    group by 1, 2, 3
    union all
    select
        step,
        model,
        model_version,
        'feature' as kind,
        name,
        '' as value,
        cast(sum(rows) as bigint) as rows
    from features
    group by 1, 2, 3, 5
    union all
    select
        step,
        model,
        model_version,
        kind,
        name,
        value,
        rows
    from parts
    where value is not null
      and (
          kind = 'stage'
          or regexp_matches(
              name,
              '(^|_)(preprocess(ing|or)?|pipeline|transform(s|er|ation)?|encoder|scaler|(feature|data|input)_schema'
              || '|schema|features?|feature_(set|store)|embeddings?|tokeni[sz]er|vectori[sz]er)_?version$',
              'i'
          )
      )
    qualify count(*) over (partition by step, model, kind, name) <= $max_versions
)
select
    make_timestamptz(step * ($step_minutes * cast(60000000 as bigint))) as step_start,
    model,
    model_version,
    kind,
    name,
    value,
    rows
from cells
order by
    model,
    model_version,
    kind,
    name,
    value,
    step_start
limit $row_limit
