-- title:   What offending rows have in common
-- answers: In which slices, of one or two conditions, are the offending rows concentrated?
-- grain:   one row per slice, most telling first
-- param:   model varchar
-- param:   start timestamptz
-- param:   until timestamptz
-- param:   source_ids bigint[]; the offending rows' source_id, in the same order as the offsets
-- param:   source_offsets bigint[]; their source_offset
-- param:   row_limit integer = 8; most rows to give
-- column:  dimension; tag, field or text feature
-- column:  slice_value
-- column:  other_dimension; of the second condition, empty if there is only one
-- column:  other_value
-- column:  rows; requests in the slice
-- column:  offending; offending requests in the slice
-- column:  rate; share of the slice that offends, 0..1
-- column:  rate_elsewhere; share of all other requests that offend, 0..1
-- column:  share_of_offending; share of all offending requests that lie in the slice, 0..1
-- used by: console/explain
with offending as (
    select distinct
        unnest($source_ids) as source_id,
        unnest($source_offsets) as source_offset
),
totals as (
    select
        count(*) as rows,
        count(o.source_id) as offending
    from predictions as p
    left join offending as o on o.source_id = p.source_id and o.source_offset = p.source_offset
    where p.model = $model
      and p.ts >= $start
      and p.ts < $until
),
conditions as (
    select
        source_id,
        source_offset,
        'slice' as kind,
        dimension,
        slice_value
    from prediction_slices
    where model = $model
      and ts >= $start
      and ts < $until
      and dimension <> ''
    union all
    select
        source_id,
        source_offset,
        'feature' as kind,
        feature as dimension,
        value as slice_value
    from feature_texts
    where model = $model
      and ts >= $start
      and ts < $until
),
marked as (
    select
        c.source_id,
        c.source_offset,
        c.kind,
        c.dimension,
        c.slice_value,
        o.source_id is not null as offends
    from conditions as c
    left join offending as o on o.source_id = c.source_id and o.source_offset = c.source_offset
),
singles as (
    select
        m.kind,
        m.dimension,
        m.slice_value,
        count(*) as rows,
        count(*) filter (where m.offends) as offending
    from marked as m
    group by 1, 2, 3
),
scored as (
    select
        s.kind,
        s.dimension,
        s.slice_value,
        s.rows,
        s.offending,
        2 * s.offending / (s.rows + t.offending) as f1
    from singles as s
    cross join totals as t
    where s.rows < t.rows
      and s.offending > 0
      and s.offending / s.rows > 1.2 * t.offending / t.rows
),
strong as (
    select
        kind,
        dimension,
        slice_value,
        f1
    from scored
    order by f1 desc, dimension, slice_value, kind
    limit 10
),
pairs as (
    select
        a.kind,
        b.kind as other_kind,
        a.dimension,
        a.slice_value,
        b.dimension as other_dimension,
        b.slice_value as other_value,
        count(*) as rows,
        count(*) filter (where a.offends) as offending,
        max(greatest(x.f1, y.f1)) as best_alone
    from marked as a
    join strong as x on x.kind = a.kind and x.dimension = a.dimension and x.slice_value = a.slice_value
    join marked as b on b.source_id = a.source_id and b.source_offset = a.source_offset
    join strong as y on y.kind = b.kind and y.dimension = b.dimension and y.slice_value = b.slice_value
    where a.dimension < b.dimension
    group by 1, 2, 3, 4, 5, 6
),
candidates as (
    select
        kind,
        '' as other_kind,
        dimension,
        slice_value,
        '' as other_dimension,
        '' as other_value,
        rows,
        offending,
        f1
    from scored
    union all
    select
        p.kind,
        p.other_kind,
        p.dimension,
        p.slice_value,
        p.other_dimension,
        p.other_value,
        p.rows,
        p.offending,
        2 * p.offending / (p.rows + t.offending) as f1
    from pairs as p
    cross join totals as t
    where 2 * p.offending / (p.rows + t.offending) > 1.25 * p.best_alone
)
select
    c.dimension,
    c.slice_value,
    c.other_dimension,
    c.other_value,
    c.rows,
    c.offending,
    c.offending / c.rows as rate,
    (t.offending - c.offending) / nullif(t.rows - c.rows, 0) as rate_elsewhere,
    c.offending / t.offending as share_of_offending
from candidates as c
cross join totals as t
order by
    c.f1 desc,
    c.dimension,
    c.slice_value,
    c.other_dimension,
    c.other_value,
    c.kind,
    c.other_kind
limit $row_limit
