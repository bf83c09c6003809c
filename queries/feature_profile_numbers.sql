-- title:   Numbers at first
-- answers: How was each number feature, the score and the prediction distributed when it was new?
-- grain:   one row per model and feature
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   first_minutes integer >= 1 = 1440; how long after its first row in the range a feature counts as new
-- param:   sample_share double = 1; share of the requests that are looked at, 0..1, always the same ones
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 100000; most rows to give
-- column:  model
-- column:  feature; a feature's name, or score, prediction; features.score for a feature of that name
-- column:  first_seen; UTC
-- column:  rows; requests with a number in it, of those that are looked at
-- column:  distinct_values; about so many
-- column:  p1; lowest hundredth
-- column:  p10
-- column:  p20
-- column:  p30
-- column:  p40
-- column:  p50
-- column:  p60
-- column:  p70
-- column:  p80
-- column:  p90
-- column:  p95
-- column:  p99; highest hundredth
-- column:  few_values; its values if there are ten or fewer, ascending; else null
-- used by: console/checks/profile.py
with numbers as (
    select
        model,
        feature,
        value,
        ts
    from feature_numbers
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= $sample_share * 18446744073709551615
    union all
    select
        model,
        'score' as feature,
        score as value,
        ts
    from predictions
    where ts >= $start
      and ts < $until
      and score is not null
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= $sample_share * 18446744073709551615
    union all
    select
        model,
        'prediction' as feature,
        prediction_value as value,
        ts
    from predictions
    where ts >= $start
      and ts < $until
      and prediction_value is not null
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= $sample_share * 18446744073709551615
),
firsts as (
    select
        model,
        feature,
        min(ts) as first_seen
    from numbers
    group by 1, 2
),
early as (
    select
        n.model,
        n.feature,
        f.first_seen,
        count(*) as rows,
        approx_count_distinct(n.value) as distinct_values,
        quantile_cont(n.value, [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]) as q,
        list_sort(approx_top_k(n.value, 10)) as few_values
    from numbers as n
    join firsts as f on f.model = n.model and f.feature = n.feature
    where n.ts < f.first_seen + to_minutes($first_minutes)
    group by 1, 2, 3
)
select
    model,
    feature,
    first_seen,
    rows,
    distinct_values,
    q[1] as p1,
    q[2] as p10,
    q[3] as p20,
    q[4] as p30,
    q[5] as p40,
    q[6] as p50,
    q[7] as p60,
    q[8] as p70,
    q[9] as p80,
    q[10] as p90,
    q[11] as p95,
    q[12] as p99,
    case when distinct_values <= 10 then few_values end as few_values
from early
order by model, feature
limit $row_limit
