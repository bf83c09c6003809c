-- title:   Scores against before
-- answers: How are the scores of each prediction spread in a window and before, and how often was it right?
-- grain:   one row per prediction and tenth of the score
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   row_limit integer = 1000; most rows to give
-- column:  prediction
-- column:  score_from; the tenth's lower end, 0..1
-- column:  requests; in the window
-- column:  share; of the window's requests, 0..1
-- column:  baseline_requests
-- column:  baseline_share; of the baseline's requests, 0..1
-- column:  truths; requests with a truth, of both
-- column:  accuracy; share of these that were right, 0..1
-- used by: console/checks/estimated.py, for the evidence of its alerts
with scored as (
    select
        prediction,
        least(9, cast(floor(score * 10) as integer)) / 10 as score_from,
        ts >= $start as is_window,
        cast(truth = prediction as integer) as is_right
    from predictions
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and score between 0 and 1
      and prediction is not null
)
select
    prediction,
    score_from,
    count(*) filter (where is_window) as requests,
    count(*) filter (where is_window) / nullif(sum(count(*) filter (where is_window)) over (), 0) as share,
    count(*) filter (where not is_window) as baseline_requests,
    count(*) filter (where not is_window)
        / nullif(sum(count(*) filter (where not is_window)) over (), 0) as baseline_share,
    count(is_right) as truths,
    avg(is_right) as accuracy
from scored
group by 1, 2
qualify sum(count(*) filter (where is_window)) over () > 0
order by prediction, score_from
limit $row_limit
