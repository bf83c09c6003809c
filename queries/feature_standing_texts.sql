-- title:   A request's texts among others
-- answers: How often did the time before one request have the texts that it has?
-- grain:   one row per feature that was a text in that time
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this: the ts of the request
-- param:   source_id integer = -1; of the request
-- param:   source_offset bigint = -1; of the request, bytes
-- param:   sample_share double = 1; share of the rows that are looked at, 0..1; always the same ones
-- param:   row_limit integer = 10000; most rows to give
-- column:  feature
-- column:  sampled_rows; rows that were looked at
-- column:  rows; those that have a text there
-- column:  rare_rows; those whose text is there once only, or in less than one row of a thousand
-- column:  same_rows; those that have the text of the request; null where it has none
-- used by: console/engine/request_context.py
with own as (
    select
        feature,
        value
    from feature_texts
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
counted as (
    select
        feature,
        value,
        count(*) as rows
    from feature_texts
    where model = $model
      and ts >= $start
      and ts < $until
      and ($sample_share >= 1 or hash(source_id, source_offset) % 1000000 < $sample_share * 1000000)
    group by feature, value
)
select
    c.feature,
    s.sampled_rows,
    cast(sum(c.rows) as bigint) as rows,
    cast(coalesce(sum(c.rows) filter (where c.rows = 1 or c.rows * 1000 < s.sampled_rows), 0) as bigint) as rare_rows,
    case
        when any_value(o.value) is not null
            then cast(coalesce(sum(c.rows) filter (where c.value = o.value), 0) as bigint)
    end as same_rows
from counted as c
cross join sampled as s
left join own as o on o.feature = c.feature
group by c.feature, s.sampled_rows
order by c.feature
limit $row_limit
