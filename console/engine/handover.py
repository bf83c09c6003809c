"""Writes what is handed over: a page of markdown, or a bundle."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from console.engine.gathering import Material, gather
from console.engine.handled import Handled
from console.engine.manners import open_as_usual
from console.engine.picture import Pictures
from console.engine.settings import Settings
from console.engine.snapshots import snapshot_of
from console.errors import (
    CasebookError,
    ExportError,
)
from console.export.handover import handover_markdown
from console.export.measure import digest_of
from console.export.whole import force_to_disk, partial, put_in_place, target
from console.model import (
    Ticket,
    View,
)
from console.model.handover import (
    HandoverPlan,
    HandoverReceipt,
)

if TYPE_CHECKING:
    from console.engine.headless import Headless

PAGE_SUFFIX, BUNDLE_SUFFIX = ".md", ".tar.zst"


def hand_over(
    material: Material,
    plan: HandoverPlan,
    path: Path,
    *,
    as_bundle: bool,
    ticket: Ticket,
    progress: Callable[[str], None],
    overwrite: bool = False,
) -> HandoverReceipt:
    """The handover is at `path`, whole, and the casebook remembers that it was made.

    Args:
        material: what it is made from.
        plan: what is to be in it.
        path: the final name; `~` is the home, missing folders are made.
        as_bundle: whether it is to be a bundle; else a page of markdown.
        ticket: for taking it back.
        progress: is told what is being done, in few words.
        overwrite: whether a file that is there may be replaced.

    Raises:
        UsageError: an alert is not known.
        ExportError: it could not be written; nothing is left under that name.
        Interrupted: the ticket was cancelled; nothing is left either.
    """
    target(path, overwrite=overwrite)  # what is wrong with the name is said before all is asked
    gathered = gather(material, plan, ticket=ticket, progress=progress)
    rows = 0
    if as_bundle:
        from console.engine.bundling import bundle

        final, rows = bundle(material, gathered, path, ticket=ticket, progress=progress, overwrite=overwrite)
    else:
        final = write_page(handover_markdown(gathered.handover), path, overwrite=overwrite)
    with suppress(OSError):
        open_as_usual(final)
    digest = digest_of(final)
    if material.casebook is not None:
        with suppress(CasebookError):  # the file is there; that it was made is a note
            material.casebook.record_export(
                path=str(final),
                rows=rows,
                size=digest.size,
                sha256=digest.sha256,
                query="bundle" if as_bundle else "handover",
            )
    return HandoverReceipt(str(final), digest.size, len(gathered.handover.stories), rows)


def hand_over_as_named(
    material: Material,
    plan: HandoverPlan,
    path: Path,
    *,
    ticket: Ticket,
    progress: Callable[[str], None],
) -> HandoverReceipt:
    """The same, a page or a bundle as the ending of its name says.

    Raises:
        ExportError: it says neither; and as `hand_over` does.
    """
    as_bundle = path.name.endswith(BUNDLE_SUFFIX)
    if not as_bundle and path.suffix != PAGE_SUFFIX:
        raise ExportError(f"{path}: end the name with {PAGE_SUFFIX} or {BUNDLE_SUFFIX}")
    return hand_over(material, plan, path, as_bundle=as_bundle, ticket=ticket, progress=progress)


def write_page(text: str, path: Path, *, overwrite: bool) -> Path:
    """The text is at `path`, whole and on the disk; the path, absolute.

    Raises:
        ExportError: it exists, or could not be written.
    """
    final = target(path, overwrite=overwrite)
    with partial(final) as written:
        written.write_bytes(text.encode("utf-8"))
        force_to_disk(written)
        put_in_place(written, final, overwrite=overwrite)
        force_to_disk(final.parent)
    return final


def headless_material(parts: Headless, settings: Settings, *, clock: Callable[[], datetime]) -> Material:
    """What a handover is made from where no console runs: everything is read and judged now.

    Raises:
        StoreError: the store refused.
        CasebookError: what was said of the alerts cannot be read.
    """
    alerts = parts.alerts()
    # Without a record of its alerts this run still tells what people made, where a casebook is named.
    casebook = parts.casebook
    alerts = Handled(clock).on(alerts, casebook)
    totals = parts.judge.totals()
    picture = Pictures(parts.store).take(View(), totals)
    snapshot = snapshot_of(
        parts.collector,
        parts.judge,
        picture,
        taken_at=clock(),
        store=parts.store,
        database_bytes=0,
        budget=settings.limits.in_words,
        zone=settings.configuration.zone,
        alerts=alerts,
        judged_at=clock(),
        notices=(),
        masks=len(settings.configuration.masks.rules),
    )
    snapshot = replace(snapshot, sources=parts.sources)
    return Material(parts.store, casebook, snapshot, totals, settings, clock)
