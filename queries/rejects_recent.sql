-- title:   Rejected lines
-- answers: Which lines could not be used, where are they, and why?
-- grain:   one row per rejected line, newest first
-- param:   row_limit integer = 200; most rows to give
-- column:  rejected_at; UTC
-- column:  source_path
-- column:  source_offset; bytes, of the line's first byte
-- column:  reason
-- column:  length; bytes of the whole line
-- column:  line; the line's first bytes; where they are not UTF-8, with \xNN for a byte
-- used by: people, from the command line
select
    rejected_at,
    source_path,
    source_offset,
    reason,
    length,
    coalesce(try(decode(line)), cast(line as varchar)) as line
from rejects
order by rejected_at desc, source_path, source_id, source_offset desc
limit $row_limit
