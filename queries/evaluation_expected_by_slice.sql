-- title:   Scores by slice
-- answers: How often was each class predicted with which score, slice by slice?
-- grain:   one row per slice, prediction and hundredth of the score
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   max_slices integer = 30; of a dimension only so many values, the most frequent ones
-- param:   row_limit integer = 1000000; most rows to give
-- column:  dimension; field or tag; (score) for tenths of the score
-- column:  slice_value; of (score) the lower end
-- column:  prediction; null where none was logged
-- column:  bin; hundredth of the score, 0 to 99; null for no score from 0 to 1
-- column:  rows; requests
-- used by: console/engine/evaluating_expected.py
with scored as (
    select
        dimension,
        slice_value,
        prediction,
        case when score between 0 and 1 then least(99, cast(floor(score * 100) as integer)) end as bin
    from prediction_slices
    where model = $model
      and ts >= $start
      and ts < $until
),
cells as (
    select
        dimension,
        slice_value,
        prediction,
        bin,
        count(*) as rows
    from scored
    where dimension <> ''
    group by 1, 2, 3, 4
    union all
    select
        '(score)' as dimension,
        (bin // 10 / 10)::varchar as slice_value,
        prediction,
        bin,
        count(*) as rows
    from scored
    where dimension = ''
      and bin is not null
    group by 1, 2, 3, 4
),
kept as (
    select
        dimension,
        slice_value
    from cells
    group by 1, 2
    qualify row_number() over (partition by dimension order by sum(rows) desc, slice_value) <= $max_slices
)
select
    c.dimension,
    c.slice_value,
    c.prediction,
    c.bin,
    c.rows
from cells as c
join kept as k on k.dimension = c.dimension and k.slice_value = c.slice_value
order by
    c.dimension,
    c.slice_value,
    c.prediction,
    c.bin
limit $row_limit
