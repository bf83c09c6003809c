-- title:   Text values by step
-- answers: Which values had each text feature, since when, and how often soon after they came up?
-- grain:   one row per step, model, feature and value, and one per step, model and feature
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_minutes integer >= 1 = 5; length of a step; steps begin at whole multiples of it
-- param:   fresh_minutes integer >= 0 = 1440; how long after its first step a value is counted step by step
-- param:   min_rows integer = 5; of a value with fewer rows only the first two steps are given
-- param:   max_distinct double = 0.2; a feature with more distinct values a row is an identifier, and left out
-- param:   min_identifier_rows integer = 20000; with fewer rows that is not judged yet, and nothing left out
-- param:   max_values bigint = 100000; a feature with more distinct values is left out too
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- param:   sampled_rows bigint >= 1 = 500000; requests that it is told by, about, whether a text is an identifier
-- column:  step_start; UTC
-- column:  model
-- column:  feature; a text feature, or prediction where that is no number
-- column:  value; as logged; null for all values together
-- column:  rows; requests
-- used by: console/checks/categories.py
with texts as (
    select
        ts,
        model,
        feature,
        value,
        hash(source_id, source_offset) % 1000000 as place
    from feature_texts
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
    union all
    select
        ts,
        model,
        'prediction' as feature,
        prediction as value,
        hash(source_id, source_offset) % 1000000 as place
    from predictions
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and prediction is not null
      and prediction_value is null
),
sampling as (
    select 1e6 * $sampled_rows / greatest($sampled_rows, count(*)) as below
    from predictions
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
),
identifiers as (
    select
        model,
        feature
    from texts
    where place < (select below from sampling)
    group by 1, 2
    having (count(*) >= $min_identifier_rows and approx_count_distinct(value) > $max_distinct * count(*))
        or approx_count_distinct(value) > $max_values
),
counted as (
    select
        model,
        feature,
        value,
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        count(*) as rows
    from texts
    where (model, feature) not in (select (i.model, i.feature) from identifiers as i)
    group by 1, 2, 3, 4
),
firsts as (
    select
        model,
        feature,
        value,
        min(step, 2) as steps,
        sum(rows) as all_rows
    from counted
    group by 1, 2, 3
)
select
    make_timestamptz(c.step * ($step_minutes * cast(60000000 as bigint))) as step_start,
    c.model,
    c.feature,
    c.value,
    c.rows
from counted as c
join firsts as f on f.model = c.model and f.feature = c.feature and f.value = c.value
where c.step <= f.steps[-1]
   or (f.all_rows >= $min_rows and (c.step - f.steps[1]) * $step_minutes < $fresh_minutes)
union all
select
    make_timestamptz(step * ($step_minutes * cast(60000000 as bigint))) as step_start,
    model,
    feature,
    null as value,
    cast(sum(rows) as bigint) as rows
from counted
group by step, model, feature
order by
    model,
    feature,
    value nulls first,
    step_start
limit $row_limit
