-- title:   Error types
-- answers: Which errors were there in a window and slice, against before?
-- grain:   one row per error type, the most frequent of the window first
-- param:   model varchar
-- param:   start timestamptz = newest - 1h; window from here on
-- param:   until timestamptz = newest; end of the window
-- param:   baseline_minutes integer >= 0 = 1440; how far before the window the baseline begins
-- param:   dimension varchar = ''; field or tag to cut by, empty for all rows
-- param:   slice_value varchar = ''
-- param:   row_limit integer = 100; most rows to give
-- column:  error_type; as logged; `status 503` where none was
-- column:  rows; requests of the window with this error
-- column:  rows_before; the same in the baseline
-- column:  first_seen; UTC, in the window or the baseline
-- used by: console/engine/before_and_now.py, for the charts of an alert
select
    coalesce(p.error_type, 'status ' || p.status) as error_type,
    count(*) filter (where p.ts >= $start) as rows,
    count(*) filter (where p.ts < $start) as rows_before,
    min(p.ts) as first_seen
from predictions as p
where p.model = $model
  and p.ts >= $start - to_minutes($baseline_minutes)
  and p.ts < $until
  and $start < $until
  and p.is_error
  and (
      $dimension = ''
      or (p.source_id, p.source_offset) in (
          select c.source_id, c.source_offset
          from prediction_slices as c
          where c.model = $model
            and c.ts >= $start - to_minutes($baseline_minutes)
            and c.ts < $until
            and c.dimension = $dimension
            and c.slice_value = $slice_value
      )
  )
group by 1
order by
    rows desc,
    rows_before desc,
    error_type
limit $row_limit
