-- title:   A measure over time
-- answers: How long do requests of an endpoint or stage take, step by step?
-- grain:   one row per step that has requests with the measure, oldest first
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   step_seconds integer >= 1 = 300; length of a step; steps begin at whole multiples of it
-- param:   stage varchar = null; the time of this stage; null for the whole request's latency
-- param:   endpoint varchar = null; only this endpoint; empty for requests without one
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   row_limit integer = 10000; most rows to give
-- column:  step_start; UTC
-- column:  rows; requests with the measure
-- column:  p50_ms; ms
-- column:  p95_ms; ms
-- used by: console/engine/alert_picture.py, for the charts of an alert
with measured as (
    select
        ts,
        case
            when $stage is null then latency_ms
            else try_cast(
                coalesce(
                    try(json_transform(stages, '"MAP(VARCHAR, JSON)"'))[$stage] ->> '$.ms',
                    try(json_transform(stages, '"MAP(VARCHAR, JSON)"'))[$stage] ->> '$'
                ) as double
            )
        end as ms
    from prediction_slices
    where model = $model
      and ts >= $start
      and ts < $until
      and dimension = $dimension
      and ($dimension = '' or slice_value = $slice_value)
      and ($endpoint is null or coalesce(endpoint, '') = $endpoint)
),
steps as (
    select
        epoch_us(ts) // ($step_seconds * cast(1000000 as bigint)) as step,
        count(*) as rows,
        quantile_cont(ms, [0.5, 0.95]) as times_ms
    from measured
    where ms is not null
      and isfinite(ms)
    group by 1
)
select
    make_timestamptz(step * $step_seconds * cast(1000000 as bigint)) as step_start,
    rows,
    times_ms[1] as p50_ms,
    times_ms[2] as p95_ms
from steps
order by step_start
limit $row_limit
