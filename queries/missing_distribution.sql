-- title:   Distribution of missing values
-- answers: How many requests of a window have a feature, and how many lack it in which way, against before?
-- grain:   one row per way
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   feature varchar; or score, prediction; features.score for a feature of that name
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   row_limit integer = 10; most rows to give
-- column:  kind; there, null or absent, empty text, or not a number
-- column:  rows; requests of the window
-- column:  rows_before; the same in the baseline
-- used by: console/engine/before_and_now.py, for the charts of an alert
with valued as (
    select
        source_id,
        source_offset,
        case when isnan(value) then 'not a number' else 'there' end as kind
    from feature_numbers
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and feature = $feature
    union all
    select
        source_id,
        source_offset,
        case
            when trim(value) = '' then 'empty text'
            when lower(value) = 'nan' then 'not a number'
            else 'there'
        end as kind
    from feature_texts
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and feature = $feature
    union all
    select
        source_id,
        source_offset,
        case when trim(prediction) = '' then 'empty text' else 'there' end as kind
    from predictions
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and $feature = 'prediction'
      and prediction is not null
    union all
    select
        source_id,
        source_offset,
        case when isnan(score) then 'not a number' else 'there' end as kind
    from predictions
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and $feature = 'score'
      and score is not null
),
told as (
    select
        source_id,
        source_offset,
        max(kind) as kind
    from valued
    group by 1, 2
)
select
    coalesce(t.kind, 'null or absent') as kind,
    count(*) filter (where c.ts >= $start) as rows,
    count(*) filter (where c.ts < $start) as rows_before
from prediction_slices as c
left join told as t on t.source_id = c.source_id and t.source_offset = c.source_offset
where c.model = $model
  and c.ts >= $start - to_minutes($baseline_minutes)
  and c.ts < $until
  and $start < $until
  and c.dimension = $dimension
  and ($dimension = '' or c.slice_value = $slice_value)
group by 1
order by
    rows desc,
    kind
limit $row_limit
