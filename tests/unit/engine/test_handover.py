"""A handover from real rows: the page, the bundle, and the bundle opened again without the log."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from markdown_it import MarkdownIt

from console.casebook import Casebook
from console.engine import Settings, opened_bundle
from console.engine.bundled import BundledDesk
from console.engine.gathering import Gathered, Material, gather
from console.engine.handover import hand_over, hand_over_as_named, headless_material
from console.engine.headless import Headless
from console.errors import BundleError, ExportError, Interrupted, ReadOnlyError, UsageError
from console.export.handover import handover_markdown
from console.export.unpack import unpack_bundle
from console.model import (
    Beside,
    Comparison,
    Configuration,
    Filter,
    LabelDraft,
    MaskRule,
    Masks,
    MaskWith,
    Phase,
    QueryCall,
    RowId,
    Snapshot,
    SourceState,
    Term,
    Ticket,
    View,
)
from console.model.exporting import WHOLE
from console.model.handover import HandoverPlan
from tests.unit.engine.logs import NOW, START, clock, line, lines, write

EVIL = "<img src=x> | `[a](http://evil.io)` \x1b[31m"
ALL = HandoverPlan(span=timedelta(hours=6))


@dataclass(frozen=True, slots=True)
class Made:
    """An incident that people have worked on, what is handed over of it, and where."""

    material: Material
    gathered: Gathered
    page: str
    bundle: Path


def drafts(material: Material, number: int, value: str, *, alert_id: str = "") -> list[LabelDraft]:
    """Labels for the newest requests."""
    table = material.store.table(QueryCall("predictions_with_errors", {"model": "fraud", "start": "-1h"}))
    place = {name: index for index, name in enumerate(table.columns)}
    return [
        LabelDraft(
            request_key=str(row[place["request_key"]]),
            value=value,
            note=EVIL,
            model="fraud",
            origin=f"{material.snapshot.sources[0].path}:{row[place['source_offset']]}",
            alert_id=alert_id,
        )
        for row in table.rows[:number]
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Made once, with a name of a log that tries to be something else; the log is gone afterwards."""
    folder = tmp_path_factory.mktemp("incident")
    log = write(folder / "a`b|c.jsonl", lines(120, spike=(100, 120)))
    late = [{"request_id": f"f-{number:06d}", "truth": "fraud"} for number in range(2_350, 2_400)]
    write(log, [json.dumps(one).encode() + b"\n" for one in late])
    settings = Settings(
        (str(log),), database=":memory:", casebook=folder / "casebook.sqlite", author="ann@one"
    )
    with Headless(settings, clock=clock) as parts:
        parts.collector.drain()
        material = headless_material(parts, settings, clock=clock)
        assert material.casebook is not None
        (alert,) = material.alerts
        material.casebook.acknowledge(alert.alert_id, EVIL)
        material.casebook.note(alert.alert_id, "rolling back v3")
        material.casebook.label(drafts(material, 3, "fraud", alert_id=alert.alert_id))
        with Casebook.open(folder / "casebook.sqlite", author="bob@two", clock=clock) as other:
            other.label(drafts(material, 1, "legit", alert_id=alert.alert_id))
        material = headless_material(parts, settings, clock=clock)
        page, bundle = folder / "made" / "a.md", folder / "made" / "a.tar.zst"
        for path in (page, bundle):
            hand_over_as_named(material, ALL, path, ticket=Ticket(), progress=lambda _: None)
        gathered = gather(material, ALL, ticket=Ticket(), progress=lambda _: None)
        log.unlink()
        yield Made(material, gathered, page.read_text(), bundle)


@pytest.fixture
def desk(made: Made) -> Iterator[BundledDesk]:
    opened = BundledDesk(made.bundle, Settings(()), clock=clock)
    yield opened
    opened.close()


def first_row(desk: BundledDesk) -> RowId:
    (alert,) = snapshot_of(desk).alerts
    table = desk.evidence(alert, Ticket()).offenders
    row = table.rows[0]
    source, offset = (row[table.columns.index(name)] for name in ("source_id", "source_offset"))
    return RowId(int(str(source)), int(str(offset)))


def snapshot_of(desk: BundledDesk, view: View | None = None) -> Snapshot:
    taken: list[Snapshot] = []
    if view is not None:
        desk.look(view)
    desk.start(taken.append)
    return taken[-1]


# --- the page -----------------------------------------------------------------------------------------


def test_the_page_tells_what_happened_who_did_what_and_how_to_see_it_again(made: Made) -> None:
    (story,) = made.gathered.handover.stories
    alert = story.alert
    for told in (
        "1 alert open (1 critical), 0 over",
        "All are looked after.",
        "**began**, critical",
        "`ann@one` noted: rolling back v3",
        "`ann@one` acknowledged",
        "3 requests labelled `fraud` by `ann@one`",
        "1 request labelled `legit` by `bob@two`",
        "1 request of which people say different things",
        f"icon query {alert.worst.evidence.query if alert.worst.evidence else ''} ",
        "--filter=model=fraud",
        "| source | state | read to byte |",
    ):
        assert told in made.page, told
    assert "Nobody looks after" not in made.page


def test_nothing_that_was_logged_or_written_is_obeyed_on_the_page(made: Made) -> None:
    assert "\x1b" not in made.page
    assert EVIL.split("\x1b")[0].split("|")[0].strip() not in made.page.replace("\\<", "")
    parsed = MarkdownIt("gfm-like", {"html": True, "linkify": True}).parse(made.page)
    kinds = {one.type for token in parsed for one in (token, *(token.children or ()))}
    assert "table_open" in kinds and "fence" in kinds
    assert not kinds & {"link_open", "image", "html_inline", "html_block", "code_block"}


def test_where_nobody_acted_the_open_alerts_are_open_questions(made: Made) -> None:
    alone = replace(made.material, casebook=None)
    (alert,) = alone.alerts
    unhandled = replace(alone.snapshot, alerts=(replace(alert, handling=None),))
    told = gather(replace(alone, newest=unhandled), ALL, ticket=Ticket(), progress=lambda _: None).handover
    assert made.gathered.handover.labels and not told.labels
    assert "- Nobody looks after `error_spikes` of `fraud`" in handover_markdown(told)


def test_charts_of_plain_signs_are_ascii(made: Made) -> None:
    plain = replace(ALL, ascii_only=True)
    page = handover_markdown(replace(made.gathered.handover, plan=plain))
    fenced = page.split("```")[1::2]
    assert all(block.isascii() for block in fenced if block.startswith("text"))
    assert any("#" in block for block in fenced)


def test_the_casebook_remembers_that_it_was_handed_over(made: Made) -> None:
    assert made.material.casebook is not None
    page, bundle = made.material.casebook.exports()
    assert [page.query, bundle.query] == ["handover", "bundle"]
    assert bundle.path == str(made.bundle)
    assert bundle.size == made.bundle.stat().st_size
    assert bundle.rows > page.rows == 0


def test_only_the_alerts_of_the_time_or_those_that_are_named_are_told(made: Made) -> None:
    (alert,) = made.material.alerts

    def told(plan: HandoverPlan) -> list[str]:
        found = gather(made.material, plan, ticket=Ticket(), progress=lambda _: None)
        return [story.alert.alert_id for story in found.handover.stories]

    before = alert.began - timedelta(minutes=30)
    named = replace(ALL, until=before, alert_ids=(alert.alert_id[:4],))
    assert told(replace(ALL, until=before)) == []
    assert told(named) == told(ALL) == [alert.alert_id]
    assert told(replace(ALL, filter=Filter((Term("model", Comparison.IS, "churn"),)))) == []
    with pytest.raises(UsageError, match="no alert of what is stored begins with 'zz'"):
        told(replace(ALL, alert_ids=("zz",)))


@pytest.mark.parametrize("name", ["a.txt", "a.zst", "a"])
def test_a_name_says_whether_it_is_a_page_or_a_bundle(made: Made, tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportError, match=r"end the name with \.md or \.tar\.zst"):
        hand_over_as_named(made.material, ALL, tmp_path / name, ticket=Ticket(), progress=print)


@pytest.mark.parametrize("at_step", ["looking", "alert 1", "slice 2", "packing"])
def test_taken_back_it_leaves_nothing(made: Made, home: Path, tmp_path: Path, at_step: str) -> None:
    ticket = Ticket()

    def cancel(words: str) -> None:
        if words.startswith(at_step):
            ticket.cancel()

    with pytest.raises(Interrupted):
        hand_over(
            made.material, ALL, tmp_path / "b" / "b.tar.zst", as_bundle=True, ticket=ticket, progress=cancel
        )
    assert list((tmp_path / "b").iterdir()) == []
    assert list(home.iterdir()) == []


# --- the bundle, opened -------------------------------------------------------------------------------


def test_the_alert_screen_is_given_the_same_answers_as_over_the_log(made: Made, desk: BundledDesk) -> None:
    (story,) = made.gathered.handover.stories
    (alert,) = snapshot_of(desk).alerts
    assert alert == story.alert
    assert desk.evidence(alert, Ticket()) == story.evidence
    assert desk.alert_picture(alert, Ticket()) == story.picture
    assert desk.comparable(alert, Ticket()) == story.comparable
    assert desk.earlier(alert) == story.earlier
    assert desk.said_of(alert.alert_id) == story.said
    assert [said.text for said in story.said] == [EVIL, "rolling back v3"]


def test_every_request_that_a_list_shows_is_there_as_it_was_logged(made: Made, desk: BundledDesk) -> None:
    (story,) = made.gathered.handover.stories
    assert story.evidence is not None and story.comparable is not None
    tables = (story.evidence.offenders, story.comparable.table, snapshot_of(desk).recent)
    compared = 0
    for table in tables:
        for row in table.rows[:12]:
            source, offset = (row[table.columns.index(name)] for name in ("source_id", "source_offset"))
            row_id = RowId(int(str(source)), int(str(offset)))
            assert desk.request(row_id) == made.material.store.request(row_id)
            compared += 1
    assert compared == 36
    assert desk.request(first_row(desk)).fields["truth_at"] is not None


def test_the_snapshot_is_the_one_that_was_kept_and_says_what_it_is(made: Made, desk: BundledDesk) -> None:
    kept, shown = made.gathered.handover.snapshot, snapshot_of(desk)
    assert shown.phase is Phase.KEPT
    assert shown.traffic == kept.traffic
    assert {source.state for source in shown.sources} == {SourceState.FINISHED}
    (banner,) = shown.notices
    assert "a bundle by ann@one of 2026-11-02 12:00 UTC, read-only" in banner
    assert shown.seats == ()


def test_another_time_and_another_filter_show_what_there_is(made: Made, desk: BundledDesk) -> None:
    whole = snapshot_of(desk)
    closer = snapshot_of(desk, replace(desk.view, span=timedelta(minutes=30)))
    assert closer.traffic == whole.traffic[-len(closer.traffic) :] and len(closer.traffic) < len(
        whole.traffic
    )
    only = Filter((Term("model_version", Comparison.IS, "v3"), Term("region", Comparison.IS, "EU")))
    narrowed = snapshot_of(desk, replace(desk.view, filter=only))
    assert narrowed.matching and narrowed.matching == sum(point.rows for point in narrowed.traffic)
    assert any("only the rows in the bundle" in notice for notice in narrowed.notices)
    call = desk.requests_call(narrowed.view)
    assert desk.matching(narrowed.view, Ticket()) == len(desk.requests(call, 0, 5_000, Ticket()).rows)


def test_labels_are_there_with_their_history(made: Made, desk: BundledDesk) -> None:
    assert made.material.casebook is not None
    keys = [label.draft.request_key for label in made.material.casebook.standing()]
    assert desk.labels(keys) == made.material.casebook.current(keys)
    book = desk.label_book("")
    assert (book.n_labels, len(book.conflicts)) == (4, 1)
    assert {desk.undo_act(label.act) for label in book.labels} == {()}
    assert desk.label_book("") == book
    for label in made.material.casebook.standing():
        assert desk.labelled_row(label) is not None


def test_questions_are_asked_of_its_rows(desk: BundledDesk) -> None:
    answer = desk.run_sql("select count(*) from predictions where region = 'EU' and amount >= 0", 5, Ticket())
    assert int(str(answer.table.rows[0][0])) > 100
    assert "amount" in desk.relations()["predictions"]
    assert desk.run_query(QueryCall("error_spikes", {"model": "fraud"}), Ticket()).table.rows
    assert desk.neighbours(first_row(desk), Beside.TIME, Ticket()).table.rows


def test_the_line_is_rebuilt_and_no_file_is_opened_that_is_called_as_the_log_was(
    desk: BundledDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(_: object) -> None:
        raise AssertionError("a path of a bundle was opened")

    monkeypatch.setattr("console.engine.raw_line.Original", opened)
    raw = desk.raw_line(first_row(desk))
    assert raw.is_rebuilt and b'"model":"fraud"' in raw.line
    assert "the log is not here" in raw.origin


def test_nothing_is_kept_and_it_is_said_in_a_line(made: Made, desk: BundledDesk) -> None:
    (alert,) = snapshot_of(desk).alerts
    (story,) = made.gathered.handover.stories
    for act in (
        lambda: desk.label([LabelDraft("f-000001", "fraud")]),
        desk.undo_label,
        lambda: desk.acknowledge(alert.alert_id, ""),
        lambda: desk.snooze(alert.alert_id, timedelta(hours=1), ""),
        lambda: desk.unsnooze(alert.alert_id),
        lambda: desk.note(alert.alert_id, "x"),
        desk.retry_rejects,
    ):
        with pytest.raises(ReadOnlyError, match=r"^read-only: a bundle$"):
            act()
    assert desk.said_of(alert.alert_id) == story.said
    with pytest.raises(ReadOnlyError, match="not in the bundle"):
        desk.evidence(replace(alert, alert_id="other"), Ticket())
    with pytest.raises(ReadOnlyError, match="not in the bundle"):
        desk.rejects(None, 0, 10)


def test_the_page_in_it_can_be_written_and_a_bundle_of_it_is_its_copy(
    made: Made, desk: BundledDesk, tmp_path: Path
) -> None:
    path = tmp_path / "a.md"
    receipt = desk.hand_over(ALL, str(path), Ticket(), lambda _: None)
    assert path.read_text().splitlines()[0] == made.page.splitlines()[0]
    assert (receipt.alerts, receipt.size) == (1, path.stat().st_size)
    with pytest.raises(ReadOnlyError, match="copy its file"):
        desk.hand_over(ALL, str(tmp_path / "a.tar.zst"), Ticket(), lambda _: None)


def test_more_rows_than_are_opened_are_not_packed(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.engine.bundling.MOST_ROWS", 100)
    with pytest.raises(UsageError, match="100 at most in a bundle"):
        hand_over(
            *(made.material, ALL, tmp_path / "a.tar.zst"),
            as_bundle=True,
            ticket=Ticket(),
            progress=lambda _: None,
        )
    assert list(tmp_path.glob("a*")) == []


def test_a_slice_can_be_exported_from_it(desk: BundledDesk, tmp_path: Path) -> None:
    call, path = desk.requests_call(desk.view), str(tmp_path / "a.parquet")
    receipt = desk.export(call, path, None, WHOLE, Ticket(), lambda rows, of: None)
    frame = pl.read_parquet(receipt.path)
    assert frame.height == receipt.rows > 100
    assert {"amount", "country", "region"} <= set(frame.columns)


def test_closed_it_leaves_nothing_on_the_machine(made: Made, home: Path) -> None:
    desk = BundledDesk(made.bundle, Settings(()), clock=clock)
    assert any(home.iterdir())
    desk.close()
    assert list(home.iterdir()) == []


def test_a_bundle_of_the_same_moment_is_the_same_but_for_its_folder(made: Made, tmp_path: Path) -> None:
    other = tmp_path / "b.tar.zst"
    hand_over(made.material, ALL, other, as_bundle=True, ticket=Ticket(), progress=lambda _: None)
    opened = BundledDesk(other, Settings(()), clock=clock)
    opened.close()
    assert opened.manifest.made_at == NOW
    assert [one.what for one in opened.manifest.slices] == ["offending", "comparable", "labelled", "latest"]


@pytest.mark.parametrize(
    ("name", "before", "after", "reason"),
    [
        ("snapshot.json", rb'"step_seconds":\d+', b'"step_seconds":0', "no steps"),
        ("snapshot.json", rb'"p50_ms":[\d.]+', b'"p50_ms":{"$float":"inf"}', "no number"),
        ("snapshot.json", rb'"p50_ms":[\d.]+', b'"p50_ms":-1e308', "no number"),
        ("snapshot.json", rb'"phase":"LIVE"', b'"phase":"BAD"', "phase: 'BAD' is no Phase"),
        ("alerts/01.json", rb'"alert":', b'"alarm":', "lacks alert"),
        ("casebook.json", rb'"act":"[^"]*"', b'"act":""', "labels cannot be read"),
        ("casebook.json", rb"^.*$", b"[", "cannot be understood"),
    ],
)
def test_a_bundle_whose_values_are_none_of_the_consoles_is_refused(
    made: Made,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    before: bytes,
    after: bytes,
    reason: str,
) -> None:
    def spoilt(path: Path, folder: Path) -> object:
        manifest = unpack_bundle(path, folder)
        content, number = re.subn(before, after, (folder / name).read_bytes(), count=1)
        assert number == 1
        (folder / name).write_bytes(content)
        return manifest

    monkeypatch.setattr(opened_bundle, "unpack_bundle", spoilt)
    with pytest.raises(BundleError, match=reason):
        BundledDesk(made.bundle, Settings(()), clock=clock)
    assert list(home.iterdir()) == []


def test_what_is_masked_is_in_no_file_of_a_bundle_and_the_masks_are_named(tmp_path: Path) -> None:
    planted = "nora@private.example"
    content = [
        line(number, START + timedelta(minutes=number / 20), failed=number > 500, **private)
        for number in range(600)
        for private in ({"features": {"email": planted, "amount": 1.0}, "error_message": f"to {planted}"},)
    ]
    log = write(tmp_path / "a.jsonl", content)
    rules = (MaskRule(fields=("email",), by=MaskWith.LAST4), MaskRule(values="email", by=MaskWith.DROP))
    settings = Settings((str(log),), database=":memory:", configuration=Configuration(masks=Masks(rules)))
    with Headless(settings, clock=clock) as parts:
        parts.collector.drain()
        material = headless_material(parts, settings, clock=clock)
        path = tmp_path / "a.tar.zst"
        receipt = hand_over(material, ALL, path, as_bundle=True, ticket=Ticket(), progress=lambda _: None)
    assert receipt.rows > 50
    folder = tmp_path / "unpacked"
    folder.mkdir()
    manifest = unpack_bundle(path, folder)
    assert manifest.masks == tuple(rule.in_words for rule in rules)
    held = []
    for file in folder.rglob("*.*"):
        held.append(file.read_bytes())
        if file.suffix == ".parquet":
            frame = pl.read_parquet(file)
            held += [str(frame[name].to_list()).encode() for name in frame.columns]
    assert b"email by last4" in (folder / "handover.md").read_bytes()
    assert any(b"[email]" in one for one in held)
    assert not [one for one in held if b"nora" in one or b"private.example" in one]


def test_a_bundle_whose_answers_are_no_answers_is_refused_and_leaves_nothing(
    made: Made, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(path: Path, folder: Path) -> object:
        manifest = unpack_bundle(path, folder)
        (folder / "slices" / manifest.slices[0].name).write_bytes(b"PAR1 is not enough PAR1")
        return manifest

    monkeypatch.setattr(opened_bundle, "unpack_bundle", spoilt)
    with pytest.raises(BundleError, match=r"001-offending\.parquet cannot be read"):
        BundledDesk(made.bundle, Settings(()), clock=clock)
    assert list(home.iterdir()) == []
    assert tempfile.gettempdir() == str(home)
