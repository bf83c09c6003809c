-- title:   Missing values
-- answers: In which windows do requests lack a feature more often than before?
-- grain:   one row per window, model and feature; newest window first, most missing first
-- param:   start timestamptz = newest - 24h; windows that end after this are judged
-- param:   until timestamptz = newest; end of the last window
-- param:   window_minutes integer >= 1 = 30; length of a window
-- param:   baseline_minutes integer >= 0 = 1440; how far back before a window its baseline reaches
-- param:   model varchar = null; only this model
-- param:   feature varchar = null; only this feature
-- param:   row_limit integer = 1000000; most rows to give
-- column:  window_start; UTC
-- column:  window_end; UTC
-- column:  model
-- column:  feature; or prediction, or score
-- column:  rows; requests in the window
-- column:  missing; requests in which the feature is null or absent
-- column:  missing_share; share, 0..1
-- column:  baseline_rows; requests in the baseline
-- column:  baseline_missing
-- column:  baseline_missing_share; share, 0..1, null without a baseline
-- used by: console/checks/missing.py, as the evidence of its alerts
with requests as (
    select
        model,
        cast(ceil((epoch_us($until) - epoch_us(ts)) / ($window_minutes * 60e6)) as bigint) - 1 as steps_back,
        count(*) as rows
    from predictions
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and ($model is null or model = $model)
    group by 1, 2
),
present as (
    select
        model,
        feature,
        cast(ceil((epoch_us($until) - epoch_us(ts)) / ($window_minutes * 60e6)) as bigint) - 1 as steps_back,
        count(*) as rows
    from (
        select model, feature, ts from feature_numbers
        union all
        select model, feature, ts from feature_texts
        union all
        select model, 'prediction' as feature, ts from predictions where prediction is not null
        union all
        select model, 'score' as feature, ts from predictions where score is not null
    ) as features
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and ($model is null or model = $model)
      and ($feature is null or feature = $feature)
    group by 1, 2, 3
),
cells as (
    select
        r.model,
        f.feature,
        r.steps_back,
        r.rows,
        r.rows - coalesce(p.rows, 0) as missing
    from requests as r
    join (select distinct model, feature from present) as f on f.model = r.model
    left join present as p on p.model = r.model and p.feature = f.feature and p.steps_back = r.steps_back
),
windows as (
    select
        model,
        feature,
        steps_back,
        rows,
        missing,
        coalesce(sum(rows) over baseline, 0) as baseline_rows,
        coalesce(sum(missing) over baseline, 0) as baseline_missing
    from cells
    window baseline as (
        partition by model, feature
        order by steps_back
        range between 1 following and $baseline_minutes // $window_minutes following
    )
)
select
    $until - to_minutes(cast($window_minutes * (steps_back + 1) as integer)) as window_start,
    $until - to_minutes(cast($window_minutes * steps_back as integer)) as window_end,
    model,
    feature,
    rows,
    missing,
    missing / rows as missing_share,
    cast(baseline_rows as bigint) as baseline_rows,
    cast(baseline_missing as bigint) as baseline_missing,
    case when baseline_rows > 0 then baseline_missing / baseline_rows end as baseline_missing_share
from windows
where $until - to_minutes(cast($window_minutes * steps_back as integer)) > $start
order by
    window_end desc,
    missing - rows * coalesce(baseline_missing / nullif(baseline_rows, 0), 0) desc,
    model,
    feature
limit $row_limit
