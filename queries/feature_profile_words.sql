-- title:   Words at first
-- answers: Which words had the long texts of each feature most often when it was new?
-- grain:   one row per model, feature and word; most frequent first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   first_minutes integer >= 1 = 1440; how long after its first row in the range a feature counts as new
-- param:   sample_share double = 1; share of the requests that are looked at, 0..1, always the same ones
-- param:   mean_length double = 20; signs from which the texts of a feature are long, if most of them differ
-- param:   distinct_share double = 0.5; different texts a text, from which most differ
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 100000; most rows to give
-- column:  model
-- column:  feature; a text feature's name
-- column:  place; 1 for the most frequent word, to 4000
-- column:  word; lower case
-- column:  texts; that have the word, of those that are looked at
-- used by: console/checks/profile.py
with texts as (
    select
        model,
        feature,
        value,
        ts,
        source_id,
        source_offset
    from feature_texts
    where ts >= $start
      and ts < $until
      and ($model is null or model = $model)
      and hash(source_id, source_offset) <= $sample_share * 18446744073709551615
),
long as (
    select
        model,
        feature,
        min(ts) as first_seen
    from texts
    group by 1, 2
    having avg(length(value)) > $mean_length
       and count(distinct value) > $distinct_share * count(*)
),
words as (
    select distinct
        t.model,
        t.feature,
        t.source_id,
        t.source_offset,
        unnest(string_split_regex(lower(left(t.value, 2000)), '[^\p{L}]+')) as word
    from texts as t
    join long as l on l.model = t.model and l.feature = t.feature
    where t.ts < l.first_seen + to_minutes($first_minutes)
),
counted as (
    select
        model,
        feature,
        word,
        count(*) as texts
    from words
    where length(word) >= 2
    group by 1, 2, 3
    having count(*) >= 2
)
select
    model,
    feature,
    cast(row_number() over (partition by model, feature order by texts desc, word) as integer) as place,
    word,
    texts
from counted
qualify place <= 4000
order by model, feature, place
limit $row_limit
