"""Whether a database is a casebook, and one that this console knows."""

from __future__ import annotations

from sqlalchemy import Connection, insert, inspect, select, update

from console.casebook.tables import METADATA, SCHEMA, SCHEMA_VERSION
from console.errors import CasebookError

_OLDER = (1, 2, 3)
"""Version 1 has no `alert_acts` and `baselines`, version 2 no `seats`, version 3 and before no drafts, and no
`exports`."""


def require_schema(connection: Connection, place: str) -> None:
    """The tables are there, in the version that this console knows.

    An empty database gets them; one of an older version the tables that came since.
    Those that it has are left as they are, so that an older console which has it open goes on.

    Raises:
        CasebookError: it is another database, or a newer console's. It was not changed.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA).values(version=SCHEMA_VERSION))
        return
    if SCHEMA.name not in tables:
        raise CasebookError(f"{place}: is a database, but not a casebook; name another file")
    versions = list(connection.scalars(select(SCHEMA.c.version)))
    if versions == [SCHEMA_VERSION]:
        return
    if len(versions) == 1 and versions[0] in _OLDER:
        METADATA.create_all(connection)
        connection.execute(update(SCHEMA).values(version=SCHEMA_VERSION))
        return
    newest = max((version for version in versions if isinstance(version, int)), default=0)
    if newest > SCHEMA_VERSION:
        raise CasebookError(
            f"{place}: is a newer console's casebook (schema {newest}, this one knows {SCHEMA_VERSION});"
            " upgrade incident-console, or name another file"
        )
    raise CasebookError(f"{place}: its schema version is not understood: {versions}; name another file")
