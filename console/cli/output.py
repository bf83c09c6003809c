"""Answers on stdout: for a person as a table, for programs in a format of theirs."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from console.errors import ExportError, UsageError
from console.tui.safe import visible

if TYPE_CHECKING:
    import polars as pl

MAX_CELL = 60
"""Characters of a cell in a table for a person."""

_MARKUP = {ord(sign): "\\" + sign for sign in "\\`*_[]<>|#~&$"}
_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}
"""What JSON lets stand, and a terminal obeys."""


def tell(text: str) -> None:
    """The text is on stderr, a line of the console's own, unable to act on the terminal."""
    lines = map(visible, text.split("\n"))
    click.echo("icon: " + "\n".join(lines), err=True)


def plain(value: object) -> str:
    """A value as text that reads back: times in ISO 8601, numbers in full, null as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, widest: int = MAX_CELL) -> None:
    """Columns aligned, numbers to the right, no value able to act on the terminal.

    Args:
        columns: their names.
        rows: each as long as `columns`.
        widest: characters of a cell, beyond which it is cut.
    """
    body = list(rows)
    cells = [[_cell(value, widest) for value in row] for row in body]
    widths = [max([len(visible(name)), *(len(row[i]) for row in cells)]) for i, name in enumerate(columns)]
    numeric = [
        bool(body) and all(isinstance(row[i], int | float) or row[i] is None for row in body)
        for i in range(len(columns))
    ]
    for row in [[visible(name) for name in columns], *cells]:
        line = (c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, widths, numeric, strict=True))
        click.echo("  ".join(line).rstrip())


def _cell(value: object, widest: int = MAX_CELL) -> str:
    text = "—" if value is None else f"{value:.6g}" if isinstance(value, float) else plain(value)
    return visible(text if len(text) <= widest else text[: widest - 1] + "…")


def print_markdown(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A markdown table; what would end a cell or begin markup is escaped."""
    click.echo("| " + " | ".join(map(in_markdown, columns)) + " |")
    click.echo("|" + " --- |" * len(columns))
    for row in rows:
        click.echo("| " + " | ".join(in_markdown(value) for value in row) + " |")


def in_markdown(value: object) -> str:
    """A value as a piece of markdown that begins no markup, 200 characters of it at most."""
    text = _cell(value, 200)
    return text.translate(_MARKUP)


def print_values(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Values separated by commas, a header first; on a terminal none of them acts on it."""
    shown = visible if sys.stdout.isatty() else str
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(map(shown, columns))
    writer.writerows([shown(plain(value)) for value in row] for row in rows)


def json_line(record: Mapping[str, object]) -> str:
    """One JSON object; whatever JSON does not know as text. No character in it acts on a terminal."""
    text = orjson.dumps(record, default=_for_json, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z)
    return text.decode().translate(_CONTROLS)


def print_records(records: Iterable[Mapping[str, object]], *, as_lines: bool) -> None:
    """JSON objects, one a line or as one list."""
    lines = (json_line(record) for record in records)
    if as_lines:
        for line in lines:
            click.echo(line)
    else:
        click.echo("[" + ",\n ".join(lines) + "]")


def _for_json(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)


def print_frame(frame: pl.DataFrame, fmt: str, out: Path | None) -> None:
    """A query's answer in one of the formats; Parquet to a file or a pipe, never to a terminal.

    Raises:
        UsageError: Parquet was asked for, and stdout is a terminal.
        ExportError: the file cannot be written.
    """
    if fmt == "parquet":
        if out is None and sys.stdout.isatty():
            raise UsageError("Parquet is not for the eye: give --out FILE, or send stdout to a file")
        whole = io.BytesIO()
        frame.write_parquet(whole, compression="zstd")
        if out is None:
            sys.stdout.buffer.write(whole.getbuffer())
            return
        try:
            out.write_bytes(whole.getbuffer())
        except OSError as error:
            raise ExportError(f"{out}: not written: {error.strerror or error}") from error
        return
    rows = frame.iter_rows()
    match fmt:
        case "table":
            print_table(frame.columns, rows)
        case "markdown":
            print_markdown(frame.columns, rows)
        case "csv":
            print_values(frame.columns, rows)
        case _:
            records = (dict(zip(frame.columns, row, strict=True)) for row in rows)
            print_records(records, as_lines=fmt == "jsonl")
