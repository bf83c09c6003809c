-- title:   Drift
-- answers: How are each feature, the score and the prediction distributed, against before?
-- grain:   one row per window, model, feature and bin; newest window first
-- param:   start timestamptz = newest - 24h; windows that end after this are judged
-- param:   until timestamptz = newest; end of the last window
-- param:   window_minutes integer >= 1 = 60; length of a window
-- param:   baseline_minutes integer >= 0 = 1440; how far back before a window its baseline reaches
-- param:   model varchar = null; only this model
-- param:   feature varchar = null; only this feature
-- param:   row_limit integer = 1000000; most rows to give
-- column:  window_start; UTC
-- column:  window_end; UTC
-- column:  model
-- column:  feature; a feature's name, or score, prediction; features.score for a feature of that name
-- column:  kind; number or text
-- column:  bin; numbers: tenths by quantile; text: the 20 most frequent values by rank, then all others
-- column:  label; text: the value, null for all others; null for numbers
-- column:  lower; lower edge, inclusive, null for the first bin
-- column:  upper; upper edge, exclusive, null for the last bin
-- column:  rows; requests in the window whose value lies in the bin
-- column:  baseline_rows; the same in the baseline
-- column:  share; share of the feature's values in the window, 0..1
-- column:  baseline_share; share of its values in the baseline, 0..1
-- used by: console/checks/drift.py, as the evidence of its alerts
with numbers as (
    select
        model,
        feature,
        value,
        ts
    from feature_numbers
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and ($model is null or model = $model)
      and ($feature is null or feature = $feature)
    union all
    select
        model,
        'score' as feature,
        score as value,
        ts
    from predictions
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and score is not null
      and ($model is null or model = $model)
      and ($feature is null or $feature = 'score')
    union all
    select
        model,
        'prediction' as feature,
        prediction_value as value,
        ts
    from predictions
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and prediction_value is not null
      and ($model is null or model = $model)
      and ($feature is null or $feature = 'prediction')
),
texts as (
    select
        model,
        feature,
        value,
        ts
    from feature_texts
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and ($model is null or model = $model)
      and ($feature is null or feature = $feature)
    union all
    select
        model,
        'prediction' as feature,
        prediction as value,
        ts
    from predictions
    where ts >= $start - to_minutes($window_minutes + $baseline_minutes)
      and ts < $until
      and prediction is not null
      and prediction_value is null
      and ($model is null or model = $model)
      and ($feature is null or $feature = 'prediction')
),
edges as (
    select
        model,
        feature,
        list_sort(list_distinct(
            quantile_cont(value, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
        )) as cuts
    from numbers
    group by 1, 2
),
frequent as (
    select
        model,
        feature,
        value,
        row_number() over (partition by model, feature order by count(*) desc, value) as place
    from texts
    group by 1, 2, 3
    qualify place <= 20
),
cells as (
    select
        n.model,
        n.feature,
        'number' as kind,
        len(list_filter(e.cuts, lambda cut: cut <= n.value)) as bin,
        cast(ceil((epoch_us($until) - epoch_us(n.ts)) / ($window_minutes * 60e6)) as bigint) - 1 as steps_back,
        count(*) as rows
    from numbers as n
    join edges as e on e.model = n.model and e.feature = n.feature
    group by 1, 2, 3, 4, 5
    union all
    select
        t.model,
        t.feature,
        'text' as kind,
        coalesce(f.place, 21) as bin,
        cast(ceil((epoch_us($until) - epoch_us(t.ts)) / ($window_minutes * 60e6)) as bigint) - 1 as steps_back,
        count(*) as rows
    from texts as t
    left join frequent as f on f.model = t.model and f.feature = t.feature and f.value = t.value
    group by 1, 2, 3, 4, 5
),
grid as (
    select
        w.model,
        w.feature,
        w.kind,
        w.steps_back,
        b.bin
    from (select distinct model, feature, kind, steps_back from cells) as w
    join (select distinct model, feature, kind, bin from cells) as b
        on b.model = w.model and b.feature = w.feature and b.kind = w.kind
),
windows as (
    select
        g.model,
        g.feature,
        g.kind,
        g.steps_back,
        g.bin,
        coalesce(c.rows, 0) as rows,
        coalesce(sum(coalesce(c.rows, 0)) over (
            partition by g.model, g.feature, g.kind, g.bin
            order by g.steps_back
            range between 1 following and $baseline_minutes // $window_minutes following
        ), 0) as baseline_rows
    from grid as g
    left join cells as c
        on c.model = g.model and c.feature = g.feature and c.kind = g.kind
        and c.steps_back = g.steps_back and c.bin = g.bin
)
select
    $until - to_minutes(cast($window_minutes * (w.steps_back + 1) as integer)) as window_start,
    $until - to_minutes(cast($window_minutes * w.steps_back as integer)) as window_end,
    w.model,
    w.feature,
    w.kind,
    cast(w.bin as integer) as bin,
    f.value as label,
    case when w.kind = 'number' and w.bin > 0 then e.cuts[w.bin] end as lower,
    case when w.kind = 'number' then e.cuts[w.bin + 1] end as upper,
    cast(w.rows as bigint) as rows,
    cast(w.baseline_rows as bigint) as baseline_rows,
    w.rows / nullif(sum(w.rows) over feature_window, 0) as share,
    w.baseline_rows / nullif(sum(w.baseline_rows) over feature_window, 0) as baseline_share
from windows as w
left join edges as e on w.kind = 'number' and e.model = w.model and e.feature = w.feature
left join frequent as f
    on w.kind = 'text' and f.model = w.model and f.feature = w.feature and f.place = w.bin
where $until - to_minutes(cast($window_minutes * w.steps_back as integer)) > $start
window feature_window as (partition by w.steps_back, w.model, w.feature)
order by
    window_end desc,
    w.model,
    w.feature,
    w.kind,
    w.bin
limit $row_limit
