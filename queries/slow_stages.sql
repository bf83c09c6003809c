-- title:   Slow stages
-- answers: How long does a stage take in a window, in each slice, against the day before?
-- grain:   one row per slice; those whose p95 has grown most first
-- param:   model varchar
-- param:   stage varchar
-- param:   start timestamptz = newest - 1h
-- param:   until timestamptz = newest
-- param:   endpoint varchar = null; only this endpoint; empty for requests without one
-- param:   baseline_minutes integer >= 0 = 1440; how far back before the window its baseline reaches
-- param:   row_limit integer = 1000; most rows to give
-- column:  dimension; field or tag that the slice is cut by, empty for all rows
-- column:  slice_value
-- column:  rows; requests with a time for the stage
-- column:  p50_ms; ms
-- column:  p95_ms; ms
-- column:  rows_before
-- column:  p50_before_ms; ms, null without any before
-- column:  p95_before_ms; ms, null without any before
-- used by: console/checks/latency.py, as the evidence of slow stages
with timed as (
    select
        source_id,
        source_offset,
        ts >= $start as is_now,
        try(json_transform(stages, '"MAP(VARCHAR, JSON)"')) as stages
    from predictions
    where model = $model
      and ts >= $start - to_minutes($baseline_minutes)
      and ts < $until
      and stages is not null
      and ($endpoint is null or coalesce(endpoint, '') = $endpoint)
),
measured as (
    select
        source_id,
        source_offset,
        is_now,
        try_cast(coalesce(stages[$stage] ->> '$.ms', stages[$stage] ->> '$') as double) as ms
    from timed
)
select
    s.dimension,
    s.slice_value,
    count(*) filter (where m.is_now) as rows,
    quantile_cont(m.ms, 0.5) filter (where m.is_now) as p50_ms,
    quantile_cont(m.ms, 0.95) filter (where m.is_now) as p95_ms,
    count(*) filter (where not m.is_now) as rows_before,
    quantile_cont(m.ms, 0.5) filter (where not m.is_now) as p50_before_ms,
    quantile_cont(m.ms, 0.95) filter (where not m.is_now) as p95_before_ms
from measured as m
join prediction_slices as s on s.source_id = m.source_id and s.source_offset = m.source_offset
where s.model = $model
  and s.ts < $until
  and s.ts >= $start - to_minutes($baseline_minutes)
  and m.ms is not null
group by 1, 2
having count(*) filter (where m.is_now) > 0
order by p95_ms / nullif(p95_before_ms, 0) desc nulls last, rows desc, s.dimension, s.slice_value
limit $row_limit
