"""The part of the casebook that remembers which files people made of what the console held."""

from __future__ import annotations

import uuid

from sqlalchemy import Row, insert, select

from console.casebook.kept import Kept
from console.casebook.moments import moment_of, moment_text
from console.casebook.rows import require_text
from console.casebook.tables import EXPORTS
from console.errors import CasebookError
from console.model.handover import ExportRecord


class ExportsMade(Kept):
    """Files that were written: rows that are only ever appended. The files themselves are elsewhere."""

    def record_export(
        self, *, path: str, rows: int, size: int, sha256: str, query: str, alert_id: str = ""
    ) -> ExportRecord:
        """That the file was written is on the disk when this returns.

        Args:
            path: absolute, on this host.
            rows: in the file.
            size: bytes.
            sha256: of the file, hex; empty where it is not known.
            query: the canned query, `sql`, `handover` or `bundle`.
            alert_id: whose rows these are; empty if of none.

        Raises:
            CasebookError: not kept.
        """
        record = ExportRecord(
            export_id=uuid.uuid4().hex,
            path=path.encode("utf-8", "backslashreplace").decode(),
            rows=rows,
            size=size,
            sha256=sha256,
            query=query,
            alert_id=alert_id,
            author=self._author,
            at=self._clock(),
        )
        require_text(f"{self._place}: export not kept", {"query": query, "alert_id": alert_id})
        told = {
            "export_id": record.export_id,
            "path": record.path,
            "row_count": rows,
            "size": size,
            "sha256": sha256,
            "query": query,
            "alert_id": alert_id,
            "author": record.author,
            "at": moment_text(record.at),
        }
        with self._writing("export not kept") as connection:
            connection.execute(insert(EXPORTS), [told])
        return record

    def exports(self) -> tuple[ExportRecord, ...]:
        """Every file that was written, oldest first; whether it is still there, nobody knows."""
        with self._reading("exports not read") as connection:
            return tuple(map(_record_of, connection.execute(select(EXPORTS).order_by(EXPORTS.c.seq))))


def _record_of(row: Row[tuple[object, ...]]) -> ExportRecord:
    try:
        return ExportRecord(
            export_id=row.export_id,
            path=row.path,
            rows=int(row.row_count),
            size=int(row.size),
            sha256=row.sha256,
            query=row.query,
            alert_id=row.alert_id,
            author=row.author,
            at=moment_of(row.at),
        )
    except (ValueError, TypeError) as error:
        raise CasebookError(f"casebook, exports row {row.seq}: not written by a console: {error}") from error
