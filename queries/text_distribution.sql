-- title:   Distribution of texts
-- answers: How long are a feature's texts, or of which signs and words, in a window, against before?
-- grain:   one row per bin of lengths or shares from the least up, or per kind or word, the most frequent first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   feature varchar; a text feature
-- param:   measure varchar = 'longer'; shorter or longer: lengths; non_ascii, emoji, control; unseen: words
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   text_limit integer = 20000; most texts of either side that are looked at, the newest
-- param:   row_limit integer = 100; most rows to give
-- column:  bin; eightfold logarithm of the length to base 10, or tenths of the signs; null where there is none
-- column:  label; with or without, or a word; null for bins, and for all other words
-- column:  rows; texts of the window, or its words
-- column:  rows_before; the same in the baseline
-- used by: console/checks/texts.py, as the evidence of its alerts
with texts as (
    select
        t.ts >= $start as is_now,
        length(t.value) as length,
        left(t.value, 2000) as value
    from feature_texts as t
    where t.model = $model
      and t.ts >= $start - to_minutes($baseline_minutes)
      and t.ts < $until
      and $start < $until
      and t.feature = $feature
      and t.value <> ''
      and (
          $dimension = ''
          or (t.source_id, t.source_offset) in (
              select c.source_id, c.source_offset
              from prediction_slices as c
              where c.model = $model
                and c.ts >= $start - to_minutes($baseline_minutes)
                and c.ts < $until
                and c.dimension = $dimension
                and c.slice_value = $slice_value
          )
      )
    qualify row_number() over (
        partition by t.ts >= $start
        order by t.ts desc, t.source_id, t.source_offset
    ) <= $text_limit
),
measured as (
    select
        is_now,
        case
            when $measure in ('shorter', 'longer') then cast(floor(8 * log10(length)) as integer)
            when $measure = 'non_ascii' then cast(
                floor(10 * length(regexp_replace(value, '[\x00-\x7F]+', '', 'g')) / length(value)) as integer
            )
        end as bin,
        case
            when $measure = 'emoji' and regexp_matches(value, '[\x{2600}-\x{27BF}\x{1F300}-\x{1FAFF}]') then 'with'
            when $measure = 'control'
                and regexp_matches(value, '[\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x{9F}\x{FFFD}]|Ã.|â€') then 'with'
            when $measure in ('emoji', 'control') then 'without'
        end as label
    from texts
    where $measure <> 'unseen'
),
words as (
    select
        is_now,
        unnest(string_split_regex(lower(value), '[^\p{L}]+')) as word
    from texts
    where $measure = 'unseen'
),
frequent as (
    select
        word,
        row_number() over (order by count(*) desc, word) as place
    from words
    where length(word) >= 2
    group by 1
),
told as (
    select
        is_now,
        bin,
        label
    from measured
    union all
    select
        w.is_now,
        null as bin,
        case when f.place <= 60 then w.word end as label
    from words as w
    join frequent as f on f.word = w.word
)
select
    bin,
    label,
    count(*) filter (where is_now) as rows,
    count(*) filter (where not is_now) as rows_before
from told
group by 1, 2
order by
    bin,
    rows desc,
    rows_before desc,
    label
limit $row_limit
