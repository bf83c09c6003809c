"""Puts a bundle together: the handover, the answers of the alert screens, rows, labels and queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from console.engine.comparable import comparable_call
from console.engine.exporting import export_call
from console.engine.gathering import Gathered, Material
from console.engine.own_folder import OwnFolder
from console.engine.unbundling import MOST_ROWS
from console.errors import Interrupted, UsageError
from console.explain import offending_call
from console.export.bundle import BundleManifest, can_hold, write_bundle
from console.export.handover import handover_markdown
from console.export.manifest import manifest_path
from console.model import Label, QueryCall, Ticket
from console.model.codec import to_bytes
from console.model.handover import (
    AlertStory,
    BundledColumn,
    BundledSlice,
    CasebookExtract,
    Handover,
)

BY_ORIGIN = "predictions_by_origin"
"""The canned query that lists requests by where they were read from."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A slice that is to be in the bundle."""

    what: str
    alert_id: str
    call: QueryCall


def bundle(
    material: Material,
    gathered: Gathered,
    path: Path,
    *,
    ticket: Ticket,
    progress: Callable[[str], None],
    overwrite: bool = False,
) -> tuple[Path, int]:
    """The bundle is at `path`, whole; its path, absolute, and the rows in its slices.

    Raises:
        ExportError: it could not be written; nothing is left under that name.
        Interrupted: the ticket was cancelled; nothing is left either.
    """
    handover = gathered.handover
    with OwnFolder("bundle") as folder:
        for name in ("alerts", "slices", "queries"):
            (folder / name).mkdir()
        slices = list(_slices(material, gathered, folder, ticket=ticket, progress=progress))
        documents = {
            "handover.md": handover_markdown(handover).encode("utf-8"),
            "snapshot.json": to_bytes(handover.snapshot),
            "alerts.json": to_bytes([story.alert for story in handover.stories]),
            **{
                f"alerts/{number:02d}.json": to_bytes(story)
                for number, story in enumerate(handover.stories, 1)
            },
            "casebook.json": to_bytes(_extract(material, gathered)),
            **{f"queries/{name}.sql": sql for name, sql in _queries(material, handover, slices)},
        }
        for name, content in documents.items():
            (folder / name).write_bytes(content)
        files = [name for one in slices for name in (f"slices/{one.name}", _manifest_of(one.name))]
        rows = sum(one.rows for one in slices)
        if rows > MOST_ROWS:
            raise UsageError(
                f"{rows:,} rows of {len(slices)} slices, {MOST_ROWS:,} at most in a bundle; "
                "take fewer of each (--rows), or fewer alerts"
            )
        progress("packing")
        final, _ = write_bundle(
            folder,
            [*documents, *files],
            path,
            BundleManifest(
                made_at=handover.made_at,
                author=handover.author,
                host=handover.host,
                versions=handover.versions,
                row_limit=handover.plan.row_limit,
                alerts=tuple(story.alert.alert_id for story in handover.stories),
                masks=handover.masks,
                slices=tuple(slices),
                columns=tuple(BundledColumn(*role) for role in material.store.roles()),
            ),
            overwrite=overwrite,
            ticket=ticket,
        )
    return final, rows


def _manifest_of(name: str) -> str:
    return f"slices/{manifest_path(Path(name)).name}"


def _slices(
    material: Material,
    gathered: Gathered,
    folder: Path,
    *,
    ticket: Ticket,
    progress: Callable[[str], None],
) -> Iterator[BundledSlice]:
    """Each slice that has rows is written with its manifest."""
    limit = gathered.handover.plan.row_limit
    alerts = {story.alert.alert_id: story for story in gathered.handover.stories}
    for number, wanted in enumerate(_wanted(material, gathered), 1):
        if ticket.cancelled:
            raise Interrupted("interrupted")
        name = f"{number:03d}-{wanted.what}.parquet"
        progress(f"slice {number}: {wanted.what} rows")
        params = {**wanted.call.params, "row_limit": limit}
        story = alerts.get(wanted.alert_id)
        receipt = export_call(
            material.store,
            material.casebook,
            replace(wanted.call, params=params),
            folder / "slices" / name,
            sources=material.snapshot.sources,
            author=material.author,
            clock=material.clock,
            alert=story.alert if story is not None else None,
            masks=material.settings.configuration.masks.summary(),
            ticket=ticket,
        )
        if receipt.rows:
            yield BundledSlice(
                name, wanted.what, wanted.alert_id, wanted.call, receipt.rows, receipt.rows >= limit
            )


def _wanted(material: Material, gathered: Gathered) -> Iterator[_Wanted]:
    for story in gathered.handover.stories:
        if story.evidence is None or story.evidence.offenders_call is None:
            continue
        alert_id = story.alert.alert_id
        yield _Wanted("offending", alert_id, offending_call(story.alert))
        yield _Wanted("comparable", alert_id, _comparable_call(story))
    if gathered.standing:
        newest = gathered.standing[-gathered.handover.plan.row_limit :]
        yield _Wanted("labelled", "", _labelled_call(material, newest))
    yield _Wanted("latest", "", gathered.picture.recent_call)


def _comparable_call(story: AlertStory) -> QueryCall:
    return story.comparable.call if story.comparable is not None else comparable_call(story.alert)


def _labelled_call(material: Material, labels: tuple[Label, ...]) -> QueryCall:
    """The requests that were labelled, by where they were read from."""
    sources = {mark.path: mark.source_id for mark in material.store.marks()}
    places = []
    for label in labels:
        for origin in (label.draft.origin, label.draft.request_key):
            path, _, offset = origin.rpartition(":")
            if path in sources and offset.isascii() and offset.isdigit() and len(offset) < 19:
                places.append((sources[path], int(offset)))
                break
    return QueryCall(
        BY_ORIGIN,
        {"source_ids": [source for source, _ in places], "source_offsets": [place for _, place in places]},
    )


def _extract(material: Material, gathered: Gathered) -> CasebookExtract:
    """Every row of the requests that the handover tells of, and of those whose rows are in it."""
    if material.casebook is None:
        return CasebookExtract(())
    told = {label.draft.request_key for label in gathered.standing} | set(gathered.handover.flagged)
    for story in gathered.handover.stories:
        tables = [story.comparable.table] if story.comparable is not None else []
        tables += [story.evidence.offenders] if story.evidence is not None else []
        for table in tables:
            if "request_key" in table.columns:
                place = table.columns.index("request_key")
                told |= {str(row[place]) for row in table.rows}
    alerts = {story.alert.alert_id for story in gathered.handover.stories}
    labels = tuple(
        label
        for label in material.casebook.history()
        if label.draft.request_key in told or label.draft.alert_id in alerts
    )
    return CasebookExtract(labels, gathered.handover.exports)


def _queries(
    material: Material, handover: Handover, slices: list[BundledSlice]
) -> Iterator[tuple[str, bytes]]:
    """The text of every canned query that is used, by its name."""
    catalog = material.store.catalog
    used = {one.call.query for one in slices}
    for story in handover.stories:
        calls = [story.alert.worst.evidence, story.alert.worst.offenders]
        used |= {call.query for call in calls if call is not None}
    for name in sorted(used & set(catalog)):
        if can_hold(f"queries/{name}.sql"):
            yield name, catalog[name].sql.encode("utf-8")
