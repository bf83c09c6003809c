-- title:   Error spikes
-- answers: In which windows, models and slices is the error rate above what it was before?
-- grain:   one row per window, model and slice; newest window first, most excess errors first
-- param:   start timestamptz = newest - 24h; windows that end after this are judged
-- param:   until timestamptz = newest; end of the last window
-- param:   window_minutes integer >= 1 = 15; length of a window
-- param:   baseline_minutes integer >= 0 = 1440; how far back before a window its baseline reaches
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 1000000; most rows to give
-- column:  window_start; UTC
-- column:  window_end; UTC
-- column:  model
-- column:  dimension; field or tag that the slice is cut by, empty for all rows
-- column:  slice_value
-- column:  rows; requests in the window
-- column:  errors; requests with an error_type, or a status of 500 and above
-- column:  error_rate; share, 0..1
-- column:  baseline_rows; requests in the baseline
-- column:  baseline_errors
-- column:  baseline_rate; share, 0..1, null without a baseline
-- used by: console/checks/errors.py and console/checks/burn.py, as the evidence of their alerts
with cells as (
    select
        model,
        dimension,
        slice_value,
        cast(ceil((epoch_us($until) - epoch_us(ts)) / ($window_minutes * 60e6)) as bigint) - 1 as steps_back,
        count(*) as rows,
        count(*) filter (where is_error) as errors
    from prediction_slices
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and ($model is null or model = $model)
    group by 1, 2, 3, 4
),
windows as (
    select
        model,
        dimension,
        slice_value,
        steps_back,
        rows,
        errors,
        coalesce(sum(rows) over baseline, 0) as baseline_rows,
        coalesce(sum(errors) over baseline, 0) as baseline_errors
    from cells
    window baseline as (
        partition by model, dimension, slice_value
        order by steps_back
        range between 1 following and $baseline_minutes // $window_minutes following
    )
)
select
    $until - to_minutes(cast($window_minutes * (steps_back + 1) as integer)) as window_start,
    $until - to_minutes(cast($window_minutes * steps_back as integer)) as window_end,
    model,
    dimension,
    slice_value,
    rows,
    errors,
    errors / rows as error_rate,
    cast(baseline_rows as bigint) as baseline_rows,
    cast(baseline_errors as bigint) as baseline_errors,
    case when baseline_rows > 0 then baseline_errors / baseline_rows end as baseline_rate
from windows
where $until - to_minutes(cast($window_minutes * steps_back as integer)) > $start
order by
    window_end desc,
    errors - rows * coalesce(baseline_errors / nullif(baseline_rows, 0), 0) desc,
    model,
    dimension,
    slice_value
limit $row_limit
