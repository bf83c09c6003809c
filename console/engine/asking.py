"""Questions that a person asks themselves: canned queries with parameters, and SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from console.canned import CannedQuery, Catalog, bind, locate_queries
from console.engine.exporting import export_call, unlimited
from console.engine.manners import open_as_usual
from console.errors import UsageError
from console.export import write_answer
from console.model import Answer, ExportReceipt, ParamInfo, QueryCall, QueryInfo, Ticket
from console.model.exporting import ExportOptions
from console.model.filter_text import span_text
from console.store import Store

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def infos(catalog: Catalog) -> tuple[QueryInfo, ...]:
    """Every canned query, for a person to choose, their own first."""
    own = str(locate_queries())
    listed = [_info(query, is_own=not query.path.startswith(own)) for query in catalog.values()]
    return tuple(sorted(listed, key=lambda info: (not info.is_own, info.name)))


def _info(query: CannedQuery, *, is_own: bool) -> QueryInfo:
    return QueryInfo(
        query.name,
        query.title,
        query.answers,
        query.grain,
        tuple(ParamInfo(one.name, one.type, one.default, one.about) for one in query.params.values()),
        query.columns,
        query.sql,
        query.path,
        is_own,
        "" if query.raising is None else query.raising.severity.name.lower(),
        "" if query.raising is None else span_text(query.raising.every)[1:],
    )


def problems(query: CannedQuery, params: Mapping[str, object], *, now: datetime) -> Mapping[str, str]:
    """Parameter -> what is wrong with its value, of those that cannot be used as they are."""
    wrong: dict[str, str] = {}
    for name, param in query.params.items():
        usable = {other: given for other, given in params.items() if other == name}
        others = {other: _any_value(one.type) for other, one in query.params.items() if other != name}
        try:
            bind(query, {**others, **usable}, newest=lambda: now)
        except UsageError as error:
            text = str(error)
            for lead in (f"{query.name}: ", f"parameter {name}: ", f"parameter {name} "):
                text = text.removeprefix(lead)
            wrong[name] = "must be given" if name not in params and param.default is None else text
    return wrong


def _any_value(kind: str) -> object:
    """A value that no parameter of this type is refused for; only one of them is looked at at a time."""
    values: dict[str, object] = {"varchar": "", "boolean": True, "timestamptz": _ANY_TIME, "bigint[]": []}
    return values.get(kind, 2**31 - 1)


def run(store: Store, call: QueryCall, *, ticket: Ticket) -> Answer:
    """What a canned query answers with.

    Raises:
        as `Store.table` does.
    """
    query = store.catalog[call.query]
    limit = bind(query, call.params, newest=store.newest).get("row_limit")
    began = monotonic()
    table = store.table(call, ticket=ticket)
    seconds = monotonic() - began
    return Answer(table, query.sql, seconds, limit if isinstance(limit, int) else len(table.rows))


def run_sql(store: Store, text: str, *, limit: int, ticket: Ticket) -> Answer:
    """What a statement of the person's answers with.

    Raises:
        as `Store.sql` does.
    """
    began = monotonic()
    table = store.sql(text, limit=limit, ticket=ticket)
    return Answer(table, text, monotonic() - began, limit)


def save(
    store: Store,
    asked: QueryCall | str,
    path: Path,
    *,
    clock: Callable[[], datetime],
    author: str | None = None,
    masks: Sequence[Mapping[str, object]] = (),
    ticket: Ticket | None = None,
) -> ExportReceipt:
    """All rows that the question is answered with are at `path`; how they are written, its ending says.

    The columns are those of the answer. A Parquet file has a manifest, as every export has.

    Args:
        store: which answers.
        asked: a canned query, or a statement of the person's.
        path: ends with `.parquet`, `.csv` or `.jsonl`.
        clock: gives the present moment, with a zone.
        author: who saves it; None for the user of this process.
        masks: the rules by which values were hidden when they were read, for the manifest.
        ticket: by which it can be taken back.

    Raises:
        as `export_call`, `write_answer` and `Store.save` do.
    """
    if isinstance(asked, QueryCall) and "row_limit" in store.catalog[asked.query].params:
        asked = unlimited(asked)
    if path.suffix.lower() == ".parquet":
        return export_call(
            store,
            None,
            asked,
            path,
            sources=store.marks(),
            author=author,
            clock=clock,
            options=ExportOptions(with_labels=False),
            masks=masks,
            as_it_is=True,
            ticket=ticket,
        )

    def write(written: Path, suffix: str) -> int:
        return store.save(asked, written, suffix=suffix, ticket=ticket)

    receipt = write_answer(write, path)
    open_as_usual(Path(receipt.path))
    return receipt
