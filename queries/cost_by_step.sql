-- title:   Tokens and cost over time
-- answers: How much does a request of a slice take of a measure, step by step?
-- grain:   one row per step that has requests with the measure, oldest first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   measure varchar = 'cost'; tokens_in, tokens_out or cost
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   context_minutes integer >= 0 = 360; how far back before start the steps begin
-- param:   step_minutes integer >= 1 = 15; length of a step; steps begin at whole multiples of it
-- param:   row_limit integer = 1000; most rows to give
-- column:  step_start; UTC
-- column:  rows; requests with the measure
-- column:  mean; of the measure a request
-- column:  p50; of the measure
-- column:  p95; of the measure
-- column:  total; sum of the measure
-- used by: console/checks/cost.py, as the evidence of its alerts
with taken as (
    select
        ts,
        case $measure
            when 'tokens_in' then cast(tokens_in as double)
            when 'tokens_out' then cast(tokens_out as double)
            when 'cost' then cost
        end as value
    from prediction_slices
    where model = $model
      and dimension = $dimension
      and slice_value = $slice_value
      and ts >= $start - to_minutes($context_minutes)
      and ts < $until
      and $start < $until
)
select
    make_timestamptz(
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) * ($step_minutes * cast(60000000 as bigint))
    ) as step_start,
    count(*) as rows,
    avg(value) as mean,
    quantile_cont(value, 0.5) as p50,
    quantile_cont(value, 0.95) as p95,
    sum(value) as total
from taken
where value is not null
group by 1
order by step_start
limit $row_limit
