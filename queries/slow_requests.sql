-- title:   Slow requests
-- answers: In which windows, endpoints and slices are more requests slow than before?
-- grain:   one row per window, model, endpoint and slice; newest window first, most excess slow requests first
-- param:   start timestamptz = newest - 24h; windows that end after this are judged
-- param:   until timestamptz = newest; end of the last window
-- param:   window_minutes integer >= 1 = 15; length of a window
-- param:   baseline_minutes integer >= 0 = 1440; how far back before a window its baseline reaches
-- param:   model varchar = null; only this model
-- param:   endpoint varchar = null; only this endpoint
-- param:   row_limit integer = 1000000; most rows to give
-- column:  window_start; UTC
-- column:  window_end; UTC
-- column:  model
-- column:  endpoint; empty where none was logged
-- column:  dimension; field or tag that the slice is cut by, empty for all rows
-- column:  slice_value
-- column:  rows; requests with a latency in the window
-- column:  threshold_ms; ms, the endpoint's usual p95: the median of its windows' p95
-- column:  slow_rows; requests over the threshold
-- column:  slow_share; share, 0..1
-- column:  p95_ms; ms
-- column:  baseline_rows; requests with a latency in the baseline
-- column:  baseline_slow_rows
-- column:  baseline_slow_share; share, 0..1, null without a baseline
-- used by: console/checks/latency.py, and the evidence of its alerts
with timed as (
    select
        model,
        coalesce(endpoint, '') as endpoint,
        dimension,
        slice_value,
        latency_ms,
        cast(ceil((epoch_us($until) - epoch_us(ts)) / ($window_minutes * 60e6)) as bigint) - 1 as steps_back
    from prediction_slices
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and latency_ms is not null
      and dimension <> 'endpoint'
      and ($model is null or model = $model)
      and ($endpoint is null or coalesce(endpoint, '') = $endpoint)
),
window_p95 as (
    select
        model,
        endpoint,
        steps_back,
        quantile_cont(latency_ms, 0.95) as p95_ms
    from timed
    where dimension = ''
    group by 1, 2, 3
),
thresholds as (
    select
        model,
        endpoint,
        quantile_cont(p95_ms, 0.5) as threshold_ms
    from window_p95
    group by 1, 2
),
cells as (
    select
        t.model,
        t.endpoint,
        t.dimension,
        t.slice_value,
        t.steps_back,
        h.threshold_ms,
        count(*) as rows,
        count(*) filter (where t.latency_ms > h.threshold_ms) as slow_rows,
        quantile_cont(t.latency_ms, 0.95) as p95_ms
    from timed as t
    join thresholds as h on h.model = t.model and h.endpoint = t.endpoint
    group by 1, 2, 3, 4, 5, 6
),
windows as (
    select
        model,
        endpoint,
        dimension,
        slice_value,
        steps_back,
        threshold_ms,
        rows,
        slow_rows,
        p95_ms,
        coalesce(sum(rows) over baseline, 0) as baseline_rows,
        coalesce(sum(slow_rows) over baseline, 0) as baseline_slow_rows
    from cells
    window baseline as (
        partition by model, endpoint, dimension, slice_value
        order by steps_back
        range between 1 following and $baseline_minutes // $window_minutes following
    )
)
select
    $until - to_minutes(cast($window_minutes * (steps_back + 1) as integer)) as window_start,
    $until - to_minutes(cast($window_minutes * steps_back as integer)) as window_end,
    model,
    endpoint,
    dimension,
    slice_value,
    rows,
    threshold_ms,
    slow_rows,
    slow_rows / rows as slow_share,
    p95_ms,
    cast(baseline_rows as bigint) as baseline_rows,
    cast(baseline_slow_rows as bigint) as baseline_slow_rows,
    case when baseline_rows > 0 then baseline_slow_rows / baseline_rows end as baseline_slow_share
from windows
where $until - to_minutes(cast($window_minutes * steps_back as integer)) > $start
order by
    window_end desc,
    slow_rows - rows * coalesce(baseline_slow_rows / nullif(baseline_rows, 0), 0) desc,
    model,
    endpoint,
    dimension,
    slice_value
limit $row_limit
