-- title:   Unseen categories
-- answers: Which values of a text feature had never been seen before, since when and how often?
-- grain:   one row per window, model, feature and value; newest window first, most frequent first
-- param:   start timestamptz = newest - 24h; windows that end after this are judged
-- param:   until timestamptz = newest; end of the last window
-- param:   window_minutes integer >= 1 = 15; length of a window
-- param:   baseline_minutes integer >= 0 = 1440; how far back before the first window is looked for a value, at least
-- param:   novelty_minutes integer >= 0 = 360; how long after its first appearance a value counts as unseen
-- param:   min_rows integer = 3; a value seen less often in a window is left out
-- param:   model varchar = null; only this model
-- param:   feature varchar = null; only this feature
-- param:   row_limit integer = 100000; most rows to give
-- column:  window_start; UTC
-- column:  window_end; UTC
-- column:  model
-- column:  feature
-- column:  value; as logged
-- column:  rows; requests with this value in the window
-- column:  feature_rows; requests with any value of the feature in the window
-- column:  share; share, 0..1
-- column:  first_seen; UTC
-- column:  baseline_rows; requests with the feature before the window of the first appearance
-- column:  baseline_values; distinct values among them
-- column:  baseline_single_values; values among them that occurred only once in all
-- used by: console/checks/categories.py, and the evidence of its alerts
with counted as (
    select
        model,
        feature,
        value,
        cast(ceil((epoch_us($until) - epoch_us(ts)) / ($window_minutes * 60e6)) as bigint) - 1 as steps_back,
        count(*) as rows,
        min(ts) as first_ts
    from feature_texts
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and ($model is null or model = $model)
      and ($feature is null or feature = $feature)
    group by 1, 2, 3, 4
),
firsts as (
    select
        model,
        feature,
        value,
        min(first_ts) as first_seen,
        max(steps_back) as first_step,
        sum(rows) as all_rows
    from counted
    group by 1, 2, 3
),
vocabulary as (
    select
        model,
        feature,
        value,
        first_seen,
        first_step,
        count(*) over earlier as baseline_values,
        count(*) filter (where all_rows = 1) over earlier as baseline_single_values
    from firsts
    window earlier as (
        partition by model, feature
        order by first_step
        range between 1 following and unbounded following
    )
),
traffic as (
    select
        model,
        feature,
        steps_back,
        sum(rows) as feature_rows
    from counted
    group by 1, 2, 3
),
history as (
    select
        model,
        feature,
        steps_back,
        feature_rows,
        coalesce(sum(feature_rows) over earlier, 0) as earlier_rows
    from traffic
    window earlier as (
        partition by model, feature
        order by steps_back
        range between 1 following and unbounded following
    )
)
select
    $until - to_minutes(cast($window_minutes * (c.steps_back + 1) as integer)) as window_start,
    $until - to_minutes(cast($window_minutes * c.steps_back as integer)) as window_end,
    c.model,
    c.feature,
    c.value,
    c.rows,
    cast(h.feature_rows as bigint) as feature_rows,
    c.rows / h.feature_rows as share,
    v.first_seen,
    cast(f.earlier_rows as bigint) as baseline_rows,
    v.baseline_values,
    v.baseline_single_values
from counted as c
join vocabulary as v on v.model = c.model and v.feature = c.feature and v.value = c.value
join history as h on h.model = c.model and h.feature = c.feature and h.steps_back = c.steps_back
join history as f on f.model = v.model and f.feature = v.feature and f.steps_back = v.first_step
where $until - to_minutes(cast($window_minutes * c.steps_back as integer)) > $start
  and (v.first_step - c.steps_back) * $window_minutes <= $novelty_minutes
  and c.rows >= $min_rows
  and f.earlier_rows > 0
order by
    window_end desc,
    c.rows desc,
    c.model,
    c.feature,
    c.value
limit $row_limit
