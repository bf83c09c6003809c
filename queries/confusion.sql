-- title:   Confusion
-- answers: Which truths were predicted as what in a window and slice, against before?
-- grain:   one row per pair of truth and prediction, the most frequent of the window first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   row_limit integer = 100; most rows to give
-- column:  truth; as logged; null for numbers
-- column:  prediction; as logged; null for numbers
-- column:  bin; of numbers the eightfold logarithm to base 10 of the absolute error, null for none
-- column:  is_number; true where prediction and truth are numbers
-- column:  rows; requests of the window
-- column:  rows_before; the same in the baseline
-- used by: console/engine/before_and_now.py, for the charts of an alert
with told as (
    select
        ts >= $start as is_now,
        truth,
        prediction,
        prediction_value is not null and try_cast(truth as double) is not null as is_number,
        abs(prediction_value - try_cast(truth as double)) as error
    from prediction_slices
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and $start < $until
      and dimension = $dimension
      and ($dimension = '' or slice_value = $slice_value)
      and truth is not null
      and prediction is not null
)
select
    case when not is_number then truth end as truth,
    case when not is_number then prediction end as prediction,
    case when is_number and error > 0 and isfinite(error) then cast(floor(8 * log10(error)) as integer) end as bin,
    is_number,
    count(*) filter (where is_now) as rows,
    count(*) filter (where not is_now) as rows_before
from told
group by 1, 2, 3, 4
order by
    rows desc,
    rows_before desc,
    truth,
    prediction,
    bin
limit $row_limit
