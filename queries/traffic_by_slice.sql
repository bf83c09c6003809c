-- title:   Traffic of a slice over time
-- answers: How many requests came from a slice, step by step, and how many a day earlier?
-- grain:   one row per step, also of those without requests, newest first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   context_minutes integer >= 0 = 180; how far back before start the steps begin
-- param:   step_minutes integer >= 1 = 15; length of a step; steps begin at whole multiples of it
-- param:   row_limit integer = 1000; most rows to give
-- column:  step_start; UTC
-- column:  rows; requests
-- column:  rows_a_day_ago; requests of the same step a day earlier, null from before the model's first row
-- column:  rows_a_week_ago
-- used by: console/checks/traffic.py, as the evidence of its alerts
with counted as (
    select
        epoch_us(ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        count(*) as rows
    from prediction_slices
    where model = $model
      and dimension = $dimension
      and slice_value = $slice_value
      and ts >= $start - to_minutes($context_minutes + 10140)
      and ts < $until
    group by 1
),
started as (
    select epoch_us(min(ts)) // ($step_minutes * cast(60000000 as bigint)) as step
    from predictions
    where model = $model
      and ts < $until
),
steps as (
    select unnest(range(
        epoch_us($start - to_minutes($context_minutes)) // ($step_minutes * cast(60000000 as bigint)),
        (epoch_us($until) - 1) // ($step_minutes * cast(60000000 as bigint)) + 1
    )) as step
)
select
    make_timestamptz(s.step * $step_minutes * cast(60000000 as bigint)) as step_start,
    coalesce(n.rows, 0) as rows,
    case when s.step - 1440 // $step_minutes >= f.step then coalesce(d.rows, 0) end as rows_a_day_ago,
    case when s.step - 10080 // $step_minutes >= f.step then coalesce(w.rows, 0) end as rows_a_week_ago
from steps as s
cross join started as f
left join counted as n on n.step = s.step
left join counted as d on d.step = s.step - 1440 // $step_minutes
left join counted as w on w.step = s.step - 10080 // $step_minutes
where f.step is not null
  and $start < $until
order by step_start desc
limit $row_limit
