-- title:   Errors beside the spread of the truth
-- answers: How far are predicted numbers off, against how far the truths are from their mean?
-- grain:   one row, none without numbers
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   basis varchar = 'truth'; truth, or labels: those given
-- param:   labels varchar = '{}'; JSON: {"keys": [...], "verdicts": [...]}, the verdict of each request key
-- param:   row_limit integer = 1; most rows to give
-- column:  rows; requests with two numbers
-- column:  squares; sum of squared errors
-- column:  fourths; sum of their squares
-- column:  spread; sum of squared distances of the truths from their mean
-- column:  spread_fourths; sum of their squares
-- column:  products; sum of the products of squared errors and squared distances
-- used by: console/engine/evaluating.py
with given as (
    select
        unnest(told.keys) as request_key,
        unnest(told.verdicts) as verdict
    from (select try(json_transform($labels, '{"keys": ["VARCHAR"], "verdicts": ["VARCHAR"]}')) as told)
),
held as (
    select
        p.prediction_value,
        try_cast(case when $basis = 'labels' then g.verdict else p.truth end as double) as verdict_value
    from predictions as p
    left join sources as s on s.source_id = p.source_id and $basis = 'labels'
    left join given as g on g.request_key = coalesce(p.request_id, s.path || ':' || p.source_offset)
    where p.model = $model
      and p.ts >= $start
      and p.ts < $until
),
numbers as (
    select
        greatest(-1e60, least(1e60, prediction_value - verdict_value)) as error,
        greatest(-1e60, least(1e60, verdict_value)) as truth
    from held
    where isfinite(prediction_value)
      and isfinite(verdict_value)
),
middle as (
    select fsum(truth) / count(*) as mean
    from numbers
)
select
    count(*) as rows,
    sum(error ** 2) as squares,
    sum(error ** 4) as fourths,
    sum((truth - mean) ** 2) as spread,
    sum((truth - mean) ** 4) as spread_fourths,
    sum(error ** 2 * (truth - mean) ** 2) as products
from numbers
cross join middle
having count(*) > 0
order by rows
limit $row_limit
