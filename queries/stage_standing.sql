-- title:   What stages usually take
-- answers: How long do the stages of a model's requests take?
-- grain:   one row per stage
-- param:   model varchar
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   sample_share double = 1; share of the rows that are looked at, 0..1; always the same ones
-- param:   row_limit integer = 1000; most rows to give
-- column:  stage; as logged
-- column:  rows; requests with a time for the stage
-- column:  p50_ms; ms
-- column:  p95_ms; ms
-- used by: console/engine/request_context.py
with staged as (
    select unnest(map_entries(try(json_transform(stages, '"MAP(VARCHAR, JSON)"')))) as stage
    from predictions
    where model = $model
      and ts >= $start
      and ts < $until
      and stages is not null
      and ($sample_share >= 1 or hash(source_id, source_offset) % 1000000 < $sample_share * 1000000)
),
timed as (
    select
        stage.key as stage,
        try_cast(coalesce(stage.value ->> '$.ms', stage.value ->> '$') as double) as ms
    from staged
)
select
    stage,
    count(*) as rows,
    quantile_cont(ms, 0.5) as p50_ms,
    quantile_cont(ms, 0.95) as p95_ms
from timed
where ms >= 0
  and isfinite(ms)
group by stage
order by stage
limit $row_limit
