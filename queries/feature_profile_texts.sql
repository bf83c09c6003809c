-- title:   Texts at first
-- answers: Which values had each text feature and the prediction most often when it was new?
-- grain:   one row per model, feature and value; most frequent first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   first_minutes integer >= 1 = 1440; how long after its first row in the range a feature counts as new
-- param:   sample_share double = 1; share of the requests that are looked at, 0..1, always the same ones
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 100000; most rows to give
-- column:  model
-- column:  feature; a text feature's name, or prediction; features.prediction for a feature of that name
-- column:  first_seen; UTC
-- column:  place; 1 for the most frequent value, to 20
-- column:  value; as logged
-- column:  rows; requests with the value, of those that are looked at
-- column:  feature_rows; requests with any text in the feature
-- column:  distinct_values; different texts among them
-- column:  mean_length; signs
-- column:  p1_length; signs of the shortest hundredth of the different texts
-- column:  p50_length; signs
-- column:  p99_length; signs of the longest hundredth
-- used by: console/checks/profile.py
with texts as (
    select
        model,
        feature,
        value,
        ts
    from feature_texts
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= $sample_share * 18446744073709551615
    union all
    select
        model,
        'prediction' as feature,
        prediction as value,
        ts
    from predictions
    where ts >= $start
      and ts < $until
      and prediction is not null
      and prediction_value is null
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= $sample_share * 18446744073709551615
),
firsts as (
    select
        model,
        feature,
        min(ts) as first_seen
    from texts
    group by 1, 2
),
counted as (
    select
        t.model,
        t.feature,
        f.first_seen,
        t.value,
        count(*) as rows,
        sum(length(t.value)) as signs
    from texts as t
    join firsts as f on f.model = t.model and f.feature = t.feature
    where t.ts < f.first_seen + to_minutes($first_minutes)
    group by 1, 2, 3, 4
)
select
    model,
    feature,
    first_seen,
    cast(row_number() over (partition by model, feature order by rows desc, value) as integer) as place,
    value,
    rows,
    cast(sum(rows) over (partition by model, feature) as bigint) as feature_rows,
    count(*) over (partition by model, feature) as distinct_values,
    sum(signs) over (partition by model, feature) / sum(rows) over (partition by model, feature) as mean_length,
    quantile_cont(signs / rows, 0.01) over (partition by model, feature) as p1_length,
    quantile_cont(signs / rows, 0.5) over (partition by model, feature) as p50_length,
    quantile_cont(signs / rows, 0.99) over (partition by model, feature) as p99_length
from counted
qualify place <= 20
order by model, feature, place
limit $row_limit
