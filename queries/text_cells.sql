-- title:   Texts by step
-- answers: How many long texts are unusual, slice by slice and step by step?
-- grain:   one row per step, model, feature and slice
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   profile varchar = '{}'; JSON text: usual lengths and words, as console/checks/profile.py makes it
-- param:   step_minutes integer >= 1 = 15; length of a step; steps begin at whole multiples of it
-- param:   model varchar = null; only this model
-- param:   row_limit integer = 10000000; most rows to give
-- column:  step_start; UTC
-- column:  model
-- column:  feature; whose texts are long and mostly distinct
-- column:  dimension; field or tag that the slice is cut by, empty for all rows
-- column:  slice_value
-- column:  rows; requests in the sample with a text in it
-- column:  shorter; texts shorter than usual
-- column:  longer; texts longer than usual
-- column:  non_ascii; texts of which more than a tenth of the signs are not ASCII
-- column:  emoji; texts with an emoji
-- column:  control; texts with control characters, or signs that stand for what could not be decoded
-- column:  unseen; texts of which more than half of the words are none of the usual ones
-- used by: console/checks/texts.py
with given as (
    select
        json_transform(
            case when json_valid($profile) then $profile else '{}' end,
            '{
                "text_share": "DOUBLE",
                "dimensions": [{"model": "VARCHAR", "name": "VARCHAR"}],
                "features": [{
                    "model": "VARCHAR", "feature": "VARCHAR", "prose": "BOOLEAN",
                    "lowest": "DOUBLE", "highest": "DOUBLE", "values": ["VARCHAR"]
                }]
            }'
        ) as profile
),
known as (
    select
        f.model,
        f.feature,
        f.lowest,
        f.highest,
        f.values
    from (select unnest(profile.features) as f from given)
    where f.prose
),
vocabulary as (
    select
        model,
        feature,
        unnest(values) as word
    from known
),
texts as (
    select
        epoch_us(t.ts) // ($step_minutes * cast(60000000 as bigint)) as step,
        t.model,
        t.feature,
        t.source_id,
        t.source_offset,
        length(t.value) < k.lowest as shorter,
        length(t.value) > k.highest as longer,
        left(t.value, 2000) as value
    from feature_texts as t
    join known as k on k.model = t.model and k.feature = t.feature
    where t.ts >= $start
      and t.ts < $until
      and ($model is null or t.model = $model)
      and hash(t.source_id, t.source_offset) <= 18446744073709551615 * try_cast(
          json_extract_string(case when json_valid($profile) then $profile end, '$.text_share') as double
      )
),
words as (
    select
        model,
        feature,
        source_id,
        source_offset,
        unnest(string_split_regex(lower(value), '[^\p{L}]+')) as word
    from texts
),
told as (
    select
        w.model,
        w.feature,
        w.source_id,
        w.source_offset,
        count(*) as words,
        count(*) filter (where v.word is null) as unseen_words
    from words as w
    left join vocabulary as v on v.model = w.model and v.feature = w.feature and v.word = w.word
    where length(w.word) >= 2
    group by 1, 2, 3, 4
),
measured as (
    select
        t.step,
        t.model,
        t.feature,
        t.source_id,
        t.source_offset,
        t.shorter,
        t.longer,
        10 * length(regexp_replace(t.value, '[\x00-\x7F]+', '', 'g')) > length(t.value) as non_ascii,
        regexp_matches(t.value, '[\x{2600}-\x{27BF}\x{1F300}-\x{1FAFF}]') as emoji,
        regexp_matches(t.value, '[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{FFFD}]|Ã.|â€') as control,
        coalesce(w.words >= 3 and 2 * w.unseen_words > w.words, false) as unseen
    from texts as t
    left join told as w
        on w.source_id = t.source_id and w.source_offset = t.source_offset
        and w.model = t.model and w.feature = t.feature
),
sampled as (
    select
        s.dimension,
        s.slice_value,
        s.source_id,
        s.source_offset
    from prediction_slices as s
    join (select unnest(profile.dimensions) as d from given) as u
        on u.d.model = s.model and u.d.name = s.dimension
    where s.ts >= $start
      and s.ts < $until
      and ($model is null or s.model = $model)
      and s.model in (select model from known)
      and hash(s.source_id, s.source_offset) <= 18446744073709551615 * try_cast(
          json_extract_string(case when json_valid($profile) then $profile end, '$.text_share') as double
      )
    union all
    select
        '' as dimension,
        '' as slice_value,
        source_id,
        source_offset
    from (select distinct source_id, source_offset from texts)
)
select
    make_timestamptz(m.step * $step_minutes * cast(60000000 as bigint)) as step_start,
    m.model,
    m.feature,
    s.dimension,
    s.slice_value,
    count(*) as rows,
    count(*) filter (where m.shorter) as shorter,
    count(*) filter (where m.longer) as longer,
    count(*) filter (where m.non_ascii) as non_ascii,
    count(*) filter (where m.emoji) as emoji,
    count(*) filter (where m.control) as control,
    count(*) filter (where m.unseen) as unseen
from measured as m
join sampled as s on s.source_id = m.source_id and s.source_offset = m.source_offset
group by m.step, m.model, m.feature, s.dimension, s.slice_value
order by
    s.dimension,
    m.model,
    m.feature,
    s.slice_value,
    m.step
limit $row_limit
