-- title:   Models and versions
-- answers: Which models and versions are serving, how much, how well and how fast?
-- grain:   one row per model and version
-- param:   start timestamptz = newest - 24h
-- param:   until timestamptz = newest
-- param:   row_limit integer = 1000; most rows to give
-- column:  model
-- column:  model_version
-- column:  rows; requests
-- column:  error_rate; share, 0..1
-- column:  p95_ms; ms
-- column:  first_ts; UTC
-- column:  last_ts; UTC
-- used by: people, from the command line
select
    model,
    model_version,
    count(*) as rows,
    count(*) filter (where is_error) / count(*) as error_rate,
    quantile_cont(latency_ms, 0.95) as p95_ms,
    min(ts) as first_ts,
    max(ts) as last_ts
from predictions
where ts >= $start
  and ts < $until
group by 1, 2
order by model, model_version
limit $row_limit
