-- title:   A request's numbers among others
-- answers: How do the numbers of one request compare with those of the time before it?
-- grain:   one row per feature that was a number in that time
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this: the ts of the request
-- param:   source_id integer = -1; of the request
-- param:   source_offset bigint = -1; of the request, bytes
-- param:   sample_share double = 1; share of the rows that are looked at, 0..1; always the same ones
-- param:   row_limit integer = 10000; most rows to give
-- column:  feature
-- column:  sampled_rows; rows that were looked at
-- column:  rows; those that have a number there
-- column:  at_most; those whose number is at most that of the request; null where it has none
-- column:  lowest
-- column:  highest
-- used by: console/engine/request_context.py
with own as (
    select
        feature,
        value
    from feature_numbers
    where model = $model
      and ts = $until
      and source_id = $source_id
      and source_offset = $source_offset
),
sampled as (
    select count(*) as sampled_rows
    from predictions
    where model = $model
      and ts >= $start
      and ts < $until
      and ($sample_share >= 1 or hash(source_id, source_offset) % 1000000 < $sample_share * 1000000)
),
before as (
    select
        feature,
        value
    from feature_numbers
    where model = $model
      and ts >= $start
      and ts < $until
      and ($sample_share >= 1 or hash(source_id, source_offset) % 1000000 < $sample_share * 1000000)
)
select
    b.feature,
    s.sampled_rows,
    count(*) as rows,
    case when any_value(o.value) is not null then count(*) filter (where b.value <= o.value) end as at_most,
    min(b.value) as lowest,
    max(b.value) as highest
from before as b
cross join sampled as s
left join own as o on o.feature = b.feature
group by b.feature, s.sampled_rows
order by b.feature
limit $row_limit
