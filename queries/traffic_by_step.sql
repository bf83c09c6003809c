-- title:   Traffic, errors and latency over time
-- answers: How much traffic was there, how much of it failed, and how slow was it?
-- grain:   one row per step that has requests, oldest first
-- param:   start timestamptz = newest - 24h
-- param:   until timestamptz = newest
-- param:   step_seconds integer >= 1 = 900; length of a step, counted from start
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000; most rows to give
-- column:  step_start; UTC
-- column:  rows; requests
-- column:  errors; requests with an error_type, or a status of 500 and above
-- column:  p95_ms; ms, null where no latency was logged
-- used by: console/engine, for the charts of the overview
select
    $start + to_seconds(cast(floor((epoch_us(ts) - epoch_us($start)) / ($step_seconds * 1e6)) as bigint) * $step_seconds)
        as step_start,
    count(*) as rows,
    count(*) filter (where is_error) as errors,
    quantile_cont(latency_ms, 0.95) as p95_ms
from predictions
where ts >= $start
  and ts < $until
  and ($model is null or model = $model)
group by 1
order by step_start
limit $row_limit
