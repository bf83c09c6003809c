-- title:   Distribution of a measure
-- answers: How are latency, a stage's time, tokens or cost distributed in a window, against before?
-- grain:   one row per bin that has requests, from the least up; bins are eighths of a power of ten
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   measure varchar = 'latency_ms'; latency_ms, tokens_in, tokens_out or cost
-- param:   stage varchar = null; the time of this stage in ms, whatever the measure
-- param:   endpoint varchar = null; only this endpoint; empty for requests without one
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   row_limit integer = 200; most rows to give
-- column:  bin; eightfold logarithm to base 10 of the lower edge; null for what is zero or less
-- column:  lower; lower edge, inclusive, in the measure's unit; null for what is zero or less
-- column:  upper; upper edge, exclusive
-- column:  rows; requests in the window whose value lies in the bin
-- column:  rows_before; the same in the baseline
-- used by: console/engine/before_and_now.py, for the charts of an alert
with measured as (
    select
        ts >= $start as is_now,
        case
            when $stage is not null then try_cast(
                coalesce(
                    try(json_transform(stages, '"MAP(VARCHAR, JSON)"'))[$stage] ->> '$.ms',
                    try(json_transform(stages, '"MAP(VARCHAR, JSON)"'))[$stage] ->> '$'
                ) as double
            )
            when $measure = 'latency_ms' then latency_ms
            when $measure = 'tokens_in' then cast(tokens_in as double)
            when $measure = 'tokens_out' then cast(tokens_out as double)
            when $measure = 'cost' then cost
        end as value
    from prediction_slices
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and $start < $until
      and dimension = $dimension
      and ($dimension = '' or slice_value = $slice_value)
      and ($endpoint is null or coalesce(endpoint, '') = $endpoint)
),
binned as (
    select
        is_now,
        case when value > 0 then cast(floor(8 * log10(value)) as integer) end as bin
    from measured
    where value is not null
      and isfinite(value)
)
select
    bin,
    pow(10, bin / 8) as lower,
    coalesce(pow(10, (bin + 1) / 8), 0) as upper,
    count(*) filter (where is_now) as rows,
    count(*) filter (where not is_now) as rows_before
from binned
group by 1
order by bin nulls first
limit $row_limit
