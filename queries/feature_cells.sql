-- title:   Inputs by step
-- answers: How many requests had each feature in each of its bins, slice by slice and step by step?
-- grain:   one row per step, model, feature, slice and bin
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   profile varchar = '{}'; JSON text: the bins and the sample's share, as console/checks/profile.py makes it
-- param:   step_minutes integer >= 1 = 15; length of a step; steps begin at whole multiples of it
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  feature; a feature's name, or score, prediction; empty where the bin is `requests`
-- column:  dimension; field or tag that the slice is cut by, empty for all rows
-- column:  slice_value
-- column:  bin; numbers 0 to 9, -1 and 10 out of range; texts 0 to 20, 21 empty; 22 NaN; 23 other type; 30 requests
-- column:  rows; requests in the sample
-- column:  lowest; lowest number, null for texts
-- column:  highest
-- used by: console/checks/inputs.py, for all checks of inputs
with given as (
    select
        json_transform(
            case when json_valid($profile) then $profile else '{}' end,
            '{
                "share": "DOUBLE",
                "dimensions": [{"model": "VARCHAR", "name": "VARCHAR"}],
                "features": [{
                    "model": "VARCHAR", "feature": "VARCHAR", "kind": "VARCHAR",
                    "prose": "BOOLEAN", "cuts": ["DOUBLE"], "lowest": "DOUBLE", "highest": "DOUBLE", "values": ["VARCHAR"]
                }]
            }'
        ) as profile
),
listed as (
    select unnest(profile.features) as f from given
),
known as (
    select
        cast(row_number() over (order by f.model, f.feature) as integer) as id,
        f.model,
        f.feature,
        f.kind = 'number' as is_number,
        f.lowest,
        f.highest,
        f.values,
        coalesce(f.prose, false) as prose,
        f.cuts[1] as c1,
        f.cuts[2] as c2,
        f.cuts[3] as c3,
        f.cuts[4] as c4,
        f.cuts[5] as c5,
        f.cuts[6] as c6,
        f.cuts[7] as c7,
        f.cuts[8] as c8,
        f.cuts[9] as c9
    from listed
),
places as (
    select
        id,
        unnest(values) as value,
        unnest(range(len(values))) as place
    from known
    where not prose
),
sampled as (
    select
        ts,
        model,
        score,
        prediction,
        prediction_value,
        source_id,
        source_offset
    from predictions
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= 18446744073709551615 * try_cast(
          json_extract_string(case when json_valid($profile) then $profile end, '$.share') as double
      )
),
numbers as (
    select
        ts,
        model,
        feature,
        value,
        source_id,
        source_offset
    from feature_numbers
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= 18446744073709551615 * try_cast(
          json_extract_string(case when json_valid($profile) then $profile end, '$.share') as double
      )
    union all
    select
        ts,
        model,
        'score' as feature,
        score as value,
        source_id,
        source_offset
    from sampled
    where score is not null
    union all
    select
        ts,
        model,
        'prediction' as feature,
        prediction_value as value,
        source_id,
        source_offset
    from sampled
    where prediction_value is not null
),
texts as (
    select
        ts,
        model,
        feature,
        value,
        source_id,
        source_offset
    from feature_texts
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= 18446744073709551615 * try_cast(
          json_extract_string(case when json_valid($profile) then $profile end, '$.share') as double
      )
    union all
    select
        ts,
        model,
        'prediction' as feature,
        prediction as value,
        source_id,
        source_offset
    from sampled
    where prediction is not null
      and prediction_value is null
),
binned as (
    select
        epoch_us(n.ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        n.model,
        k.id,
        case
            when not k.is_number then 23
            when n.value < k.lowest then -1
            when n.value > k.highest then 10
            else
                cast(n.value >= k.c1 as integer) + cast(n.value >= k.c2 as integer) + cast(n.value >= k.c3 as integer)
                + cast(n.value >= k.c4 as integer) + cast(n.value >= k.c5 as integer) + cast(n.value >= k.c6 as integer)
                + cast(n.value >= k.c7 as integer) + cast(n.value >= k.c8 as integer) + cast(n.value >= k.c9 as integer)
        end as bin,
        n.value,
        n.source_id,
        n.source_offset
    from numbers as n
    join known as k on k.model = n.model and k.feature = n.feature
    union all
    select
        epoch_us(t.ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        t.model,
        k.id,
        case
            when lower(t.value) in ('nan', 'infinity', '-infinity', 'inf', '-inf') then 22
            when trim(t.value) = '' then 21
            when k.is_number then 23
            else coalesce(cast(p.place as integer), 20)
        end as bin,
        cast(null as double) as value,
        t.source_id,
        t.source_offset
    from texts as t
    join known as k on k.model = t.model and k.feature = t.feature
    left join places as p on p.id = k.id and p.value = t.value
    union all
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        model,
        null as id,
        30 as bin,
        cast(null as double) as value,
        source_id,
        source_offset
    from sampled
),
cut as (
    select
        s.source_id,
        s.source_offset,
        list_sort(list({'dimension': s.dimension, 'slice_value': s.slice_value})) as slices
    from prediction_slices as s
    join (select unnest(profile.dimensions) as d from given) as u
        on u.d.model = s.model and u.d.name = s.dimension
    where s.ts >= $start
      and s.ts < $until
      and ($model is null or s.model = $model)
      and hash(s.source_id, s.source_offset) <= 18446744073709551615 * try_cast(
          json_extract_string(case when json_valid($profile) then $profile end, '$.share') as double
      )
    group by 1, 2
),
mixes as (
    select
        slices,
        row_number() over () as mix
    from (select distinct slices from cut)
),
fine as (
    select
        b.step,
        b.model,
        b.id,
        b.bin,
        m.mix,
        count(*) as rows,
        min(b.value) as lowest,
        max(b.value) as highest
    from binned as b
    left join (
        select c.source_id, c.source_offset, m.mix from cut as c join mixes as m on m.slices = c.slices
    ) as m on m.source_id = b.source_id and m.source_offset = b.source_offset
    group by 1, 2, 3, 4, 5
),
cells as (
    select
        f.step,
        f.model,
        f.id,
        f.bin,
        s.slice.dimension as dimension,
        s.slice.slice_value as slice_value,
        sum(f.rows) as rows,
        min(f.lowest) as lowest,
        max(f.highest) as highest
    from fine as f
    join (
        select
            mix,
            unnest(slices) as slice
        from mixes
    ) as s on s.mix = f.mix
    group by 1, 2, 3, 4, 5, 6
    union all
    select
        step,
        model,
        id,
        bin,
        '' as dimension,
        '' as slice_value,
        sum(rows) as rows,
        min(lowest) as lowest,
        max(highest) as highest
    from fine
    group by 1, 2, 3, 4
)
select
    make_timestamptz(c.step * $step_minutes * cast(60000000 as bigint)) as step_start,
    c.model,
    coalesce(k.feature, '') as feature,
    c.dimension,
    c.slice_value,
    c.bin,
    cast(c.rows as bigint) as rows,
    c.lowest,
    c.highest
from cells as c
left join known as k on k.id = c.id
order by
    c.dimension,
    c.model,
    feature,
    c.slice_value,
    c.bin,
    c.step
limit $row_limit
