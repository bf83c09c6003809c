-- title:   Traffic, errors and latency over time
-- answers: How much traffic was there, how much of it failed, and how slow was it?
-- grain:   one row per step that has requests, oldest first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_seconds integer >= 1 = 900; length of a step; steps begin at whole multiples of it
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000; most rows to give
-- column:  step_start; UTC
-- column:  rows; requests
-- column:  errors; requests with an error_type, or a status of 500 and above
-- column:  p50_ms; ms, null where no latency was logged
-- column:  p95_ms; ms
-- column:  p99_ms; ms
-- used by: console/engine, for the charts of the overview
with steps as (
    select
        epoch_us(ts) // ($step_seconds * cast(1000000 as bigint)) as step,
        count(*) as rows,
        count(*) filter (where is_error) as errors,
        quantile_cont(latency_ms, [0.5, 0.95, 0.99]) as latencies_ms
    from predictions
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
    group by 1
)
select
    make_timestamptz(step * $step_seconds * cast(1000000 as bigint)) as step_start,
    rows,
    errors,
    latencies_ms[1] as p50_ms,
    latencies_ms[2] as p95_ms,
    latencies_ms[3] as p99_ms
from steps
order by step_start
limit $row_limit
