-- title:   Predictions by model
-- answers: How many requests did each model have, and how many of them failed?
-- grain:   one row per model, the busiest first
-- param:   start timestamptz = newest - 24h; rows from here on
-- param:   until timestamptz = newest; rows before this
-- param:   row_limit integer = 1000; most rows to give
-- column:  model
-- column:  rows; requests
-- column:  errors; requests with an error_type, or a status of 500 and above
-- used by: console/engine, for the number of requests that meet a filter
select
    model,
    count(*) as rows,
    count(*) filter (where is_error) as errors
from predictions
where ts >= $start
  and ts < $until
group by model
order by rows desc, model
limit $row_limit
