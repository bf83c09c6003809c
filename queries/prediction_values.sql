-- title:   Predicted values
-- answers: Which values does a model predict, most frequent first?
-- grain:   one row per value
-- param:   model varchar
-- param:   start timestamptz = newest - 24h
-- param:   row_limit integer = 9; most rows to give
-- column:  prediction
-- column:  rows; requests with this prediction
-- column:  is_number; true if the prediction is a number
-- used by: console/engine, for the classes that a label may have
select
    prediction,
    count(*) as rows,
    bool_and(prediction_value is not null) as is_number
from predictions
where model = $model
  and ts >= $start
  and prediction is not null
group by 1
order by rows desc, prediction
limit $row_limit
