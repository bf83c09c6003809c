-- title:   Performance
-- answers: How good are the predictions of a window by the truth that is known, slice by slice, against before?
-- grain:   one row per slice, the one with most wrong predictions first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   row_limit integer = 1000; most rows to give
-- column:  dimension; field or tag that the slice is cut by, empty for all rows
-- column:  slice_value
-- column:  requests; in the window
-- column:  truths; of these, with a truth, however late it came
-- column:  truth_share; share of requests with a truth, 0..1
-- column:  accuracy; share of predictions that equal the truth, 0..1
-- column:  mean_error; mean absolute error, of numbers
-- column:  baseline_truths; requests with a truth in the baseline
-- column:  baseline_accuracy; share, 0..1
-- column:  baseline_mean_error
-- used by: console/checks/performance.py, for the evidence of its alerts
with rows_told as (
    select
        dimension,
        slice_value,
        ts >= $start as is_window,
        truth,
        prediction = truth as is_right,
        abs(prediction_value - try_cast(truth as double)) as error
    from prediction_slices
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
)
select
    dimension,
    slice_value,
    count(*) filter (where is_window) as requests,
    count(truth) filter (where is_window) as truths,
    count(truth) filter (where is_window) / count(*) filter (where is_window) as truth_share,
    avg(cast(is_right as integer)) filter (where is_window) as accuracy,
    avg(error) filter (where is_window) as mean_error,
    count(truth) filter (where not is_window) as baseline_truths,
    avg(cast(is_right as integer)) filter (where not is_window) as baseline_accuracy,
    avg(error) filter (where not is_window) as baseline_mean_error
from rows_told
group by 1, 2
having count(*) filter (where is_window) > 0
order by
    dimension <> '',
    count(*) filter (where is_window and not is_right) desc,
    dimension,
    slice_value
limit $row_limit
