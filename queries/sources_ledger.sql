-- title:   Ledger of sources
-- answers: How much of each source was read, and what became of its lines?
-- grain:   one row per source
-- param:   row_limit integer = 10000; most rows to give
-- column:  source_id
-- column:  path; as it was called when it was last read
-- column:  next_offset; bytes read and committed
-- column:  lines; lines = rows + rejects + blanks
-- column:  rows
-- column:  rejects
-- column:  blanks
-- column:  last_committed_at; UTC
-- used by: people, from the command line
select
    source_id,
    path,
    next_offset,
    lines,
    rows,
    rejects,
    blanks,
    last_committed_at
from sources
order by path, source_id
limit $row_limit
