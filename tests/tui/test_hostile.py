"""Values that try to break out, in every widget that shows data."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import pytest
from textual.pilot import Pilot

from console.errors import CasebookError, ConsoleError, SourceError
from console.model import (
    Alert,
    AlertPicture,
    Answer,
    Beside,
    Distribution,
    Earlier,
    Evidence,
    ExportReceipt,
    FieldInfo,
    Label,
    LabelBook,
    LabelChoices,
    LabelDraft,
    LabelQueue,
    LabelStatus,
    Listing,
    Oddity,
    ParamInfo,
    PictureBin,
    QueryCall,
    QueryInfo,
    QueueItem,
    QueueSource,
    RawLine,
    RequestContext,
    RowId,
    Said,
    Seat,
    Severity,
    StageUsual,
    Standing,
    Table,
    Ticket,
)
from console.model.evaluation import Evaluation, EvaluationQuestion, Figure, VersionComparison
from console.model.exporting import ExportOptions
from console.model.handover import HandoverPlan, HandoverReceipt
from console.model.label_book import label_book
from console.tui.filter import bar
from tests.tui.driving import NARROW, WIDE, driving, press, settle, text_of, toasts
from tests.tui.evaluated import comparison, evaluation
from tests.tui.fakes import (
    HOSTILE,
    NOW,
    TIMELINE,
    FakeDesk,
    calm,
    candidate,
    evidence,
    hostile,
    hostile_rejects,
    hostile_request,
    kept,
    label_queue,
)
from tests.tui.ways import WAYS, come_to, families

CONTROLS = ("Cc", "Cf", "Cs", "Co")
ESCAPES = HOSTILE[1]
EVIL = " ".join(HOSTILE)


def hostile_evidence(of: Alert) -> Evidence:
    """Evidence whose every value and name tries to be something else."""
    had = evidence(of)
    names = tuple(f"{number} {value[:40]}" for number, value in enumerate(HOSTILE))
    table = Table(names, (HOSTILE, HOSTILE[::-1]), {names[0]: ESCAPES})
    return Evidence(
        had.alert, had.call, ESCAPES + had.sql, table, had.offenders_call, hostile().recent, table, table
    )


def hostile_table(rows: int = 3) -> Table:
    """An answer whose columns and values try to be something else, with a time and a number to be drawn."""
    names = tuple(f"{number} {value[:40]}" for number, value in enumerate(HOSTILE))
    return Table(
        ("step_start", "rows", *names),
        tuple((NOW + timedelta(hours=row), row, *HOSTILE) for row in range(rows)),
        {names[0]: ESCAPES},
    )


def hostile_labels() -> tuple[Label, ...]:
    """Two of each of a few requests, by different people, which do not say the same."""
    return tuple(
        replace(
            kept(LabelDraft(f"f-{number % 3}{HOSTILE[number % 3][:99]}", value, *(value,) * 7)),
            author=f"{number}{value}",
            source=value,
            label_id=f"{number}",
        )
        for number, value in enumerate(HOSTILE)
    )


def hostile_queue() -> LabelQueue:
    """Requests to be labelled of which nothing is only text."""
    labels = hostile_labels()
    items = tuple(
        QueueItem(
            candidate(number, key=f"{number}{value}", model=value, model_version=value, prediction=value),
            (candidate(100 + number),) * (number % 2),
            why=value,
            said=labels[: number % 4],
            flags=labels[: number % 3],
        )
        for number, value in enumerate(HOSTILE)
    )
    classes = LabelChoices(tuple(f"{number}{value}" for number, value in enumerate(HOSTILE)))
    return label_queue(items=items, choices=dict.fromkeys(HOSTILE, classes), call=QueryCall(ESCAPES))


class HostileDesk(FakeDesk):
    """A desk on which nothing that can be told is only text."""

    def run_query(self, call: QueryCall, ticket: Ticket) -> Answer:
        table = hostile().recent if call.query == "evaluation_rows" else hostile_table()
        return Answer(table, ESCAPES, 0.1, 9)

    def run_sql(self, text: str, limit: int, ticket: Ticket) -> Answer:
        return Answer(hostile_table(), ESCAPES, 0.1, 9)

    def label_queue(self, source: QueueSource, ticket: Ticket) -> LabelQueue:
        return hostile_queue()

    def label_book(self, find: str) -> LabelBook:
        labels = hostile_labels()
        flags = (replace(one, label_id=f"flag {one.label_id}", status=LabelStatus.DRAFT) for one in labels)
        return label_book(labels, flags, find)

    def evaluation(self, asked: EvaluationQuestion, ticket: Ticket) -> Evaluation:
        told = evaluation(asked, model=EVIL, name=EVIL)
        return replace(
            told,
            positive=EVIL,
            score_of=ESCAPES,
            classes=(*HOSTILE, EVIL),
            confusion={(EVIL, ESCAPES): 5, (ESCAPES, ESCAPES): 7},
            notes=(EVIL,),
            left_out={EVIL: 3},
            figures=(*told.figures, Figure(f"recall of {EVIL}", None, None, None, 9, EVIL)),
        )

    def version_comparison(
        self, asked: EvaluationQuestion, versions: tuple[str, str] | None, ticket: Ticket
    ) -> VersionComparison:
        told = comparison(asked, (ESCAPES, EVIL))
        differences = (replace(told.differences[0], measure=EVIL, test=EVIL), *told.differences)
        return replace(told, model=EVIL, paired_by=EVIL, notes=(EVIL,), differences=differences)

    def suggest_export_path(self, name: str) -> str:
        return f"/home/{EVIL[:1_000]}/{name[:99]}.parquet"

    def suggest_handover_path(self) -> str:
        return f"/home/{EVIL[:1_000]}.md"

    def export(
        self,
        call: QueryCall,
        path: str,
        alert: Alert | None,
        options: ExportOptions,
        ticket: Ticket,
        on_rows: Callable[[int, int | None], None],
    ) -> ExportReceipt:
        return ExportReceipt(EVIL, EVIL, 1_174, 182_000, "ab" * 32)

    def hand_over(
        self, plan: HandoverPlan, path: str, ticket: Ticket, progress: Callable[[str], None]
    ) -> HandoverReceipt:
        progress(EVIL)
        return HandoverReceipt(EVIL, 41_000, 2, 0)

    def requests(self, call: QueryCall, offset: int, limit: int, ticket: Ticket) -> Table:
        return hostile().recent

    def comparable(self, alert: Alert, ticket: Ticket) -> Listing:
        return Listing(QueryCall(ESCAPES), hostile().recent)

    def neighbours(self, row_id: RowId, beside: Beside, ticket: Ticket) -> Listing:
        return Listing(QueryCall(ESCAPES), hostile().recent)

    def queries(self) -> Sequence[QueryInfo]:
        return tuple(
            QueryInfo(
                value[:80] or "empty",
                *(value, value, value),
                (ParamInfo(value[:40] or "p", value[:40], value, value),),
                {value: value},
                *(value, value, True),
            )
            for value in HOSTILE
        )

    def relations(self) -> Mapping[str, Sequence[str]]:
        return {value: HOSTILE for value in HOSTILE}


def hostile_desk() -> FakeDesk:
    """All that a screen asks for is answered with values that try to be something else."""
    said = tuple(Said(value[:20], value, NOW, value, NOW) for value in HOSTILE)
    told = hostile()
    bins = tuple(PictureBin(value, 0.1, 0.2, 0.3) for value in HOSTILE)
    picture = AlertPicture(
        replace(TIMELINE, title=HOSTILE[0]), Distribution(ESCAPES, HOSTILE[0], bins, False, 5, 5)
    )
    desk = HostileDesk(
        replace(told, seats=tuple(Seat(value, 7, NOW, False, value, value) for value in HOSTILE)),
        make_evidence=hostile_evidence,
        make_request=hostile_request,
        make_picture=lambda _: picture,
        known_classes=tuple(value[:60] or "empty" for value in HOSTILE[:9]),
        acts=list(said),
        earlier_ones=tuple(
            Earlier(f"{number}", Severity.INFO, NOW, NOW, True, value, said, told.alerts[number])
            for number, value in enumerate(HOSTILE)
        ),
        drafts=[tuple(LabelDraft(f"f-{value}", *(value,) * 8) for value in HOSTILE)],
        known_fields=tuple(FieldInfo(name or "model", "tag", is_number=False) for name in HOSTILE),
        known_values={"model": HOSTILE},
        rejected=list(hostile_rejects()),
    )
    standings = {name: Standing(ESCAPES, odd=Oddity.UNSEEN) for name in hostile_request(RowId(1, 1)).features}
    desk.standing_of = RequestContext(standings, {HOSTILE[0]: StageUsual(math.nan, math.inf)}, ESCAPES)
    desk.line = RawLine(ESCAPES.encode() + b"\xff\x9b31m" * 9, HOSTILE[6])
    return desk


def assert_harmless(text: str) -> None:
    """No character of the screen controls the terminal or reorders text."""
    bad = [line for line in text.split("\n") if any(unicodedata.category(one) in CONTROLS for one in line)]
    assert not bad


THERE: Mapping[str, tuple[str, ...]] = {
    "Palette": ("f",),
    "OverviewScreen": ("tab space G space", "j j enter"),
    "FilterBar": ("m o d e l equals_sign down tab enter",),
    "ExportDialog": ("down tab enter",),
    "HandoverDialog": ("up", "enter"),
    "AlertScreen": ("tab m", "space l 1", "x", "H"),
    "EarlierScreen": ("j enter",),
    "RequestScreen": ("G", "o", "l 1"),
    "RequestsScreen": ("space G enter",),
    "LabellingQueue": ("0 escape 1 f a x space", "n a enter 1 enter"),
    "QueriesScreen": ("s",),
    "QueryScreen": ("v",),
    "SqlScreen": ("v", "f9 tab"),
    "LabelsScreen": ("2 j", "3 j enter", "f 1 enter y"),
    "EvaluateScreen": ("d m b y", "p p"),
    "EvaluatedRowsScreen": ("space x",),
    "VersionsScreen": ("s y",),
    "SourcesScreen": ("enter",),
    "RejectsScreen": ("j enter",),
}
"""What is pressed on a screen, beside the keys that lead to it."""


@pytest.mark.parametrize("family", families())
async def test_no_value_breaks_out_of_any_screen(family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar, "PAUSE_SECONDS", 0.0)
    sizes = cycle((WIDE, NARROW))
    async with driving(hostile_desk(), NARROW) as pilot:
        for name in families()[family]:
            for keys in ("", *THERE.get(name, ())):
                await come_to(pilot, name)
                for key in ("", *keys.split()):
                    await press(pilot, *filter(None, (key,)))
                    assert_shown_harmlessly(pilot)
                await pilot.resize_terminal(*next(sizes))
                await settle(pilot)
                assert_shown_harmlessly(pilot)


def test_what_is_pressed_there_is_pressed_on_screens_that_there_are() -> None:
    assert WAYS.keys() >= THERE.keys()


def assert_shown_harmlessly(pilot: Pilot[None]) -> None:
    """Neither the screen nor what is told over it controls the terminal or reorders text."""
    assert_harmless(text_of(pilot))
    for toast in toasts(pilot):
        assert_harmless(toast)


@pytest.mark.parametrize("size", [(59, 20), (30, 8)])
async def test_no_value_breaks_out_where_there_is_no_room(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(hostile()), size) as pilot:
        assert_harmless(text_of(pilot))


async def test_markup_is_shown_as_it_was_logged() -> None:
    async with driving(FakeDesk(hostile()), WIDE) as pilot:
        assert "[bold red]red[/] [/x] [@click=app.bell]click[/]" in text_of(pilot)


TOLD = (
    *("labels", "label", "classes", "suggest_export_path", "export", "suggest_handover_path", "hand_over"),
    *("label_book", "evaluation", "label_queue", "flag", "undo_act", "undo_label", "request", "context"),
    *("rejects", "retry_rejects"),
)
"""What fails, each in words that mean harm."""


@pytest.mark.parametrize(
    "value", [" ".join(value[:200] for value in HOSTILE), HOSTILE[12], ""], ids=["all", "long", "empty"]
)
async def test_no_failure_breaks_out_of_where_it_is_told(value: str) -> None:
    failing: dict[str, ConsoleError] = dict.fromkeys(TOLD, CasebookError(value))
    desk = FakeDesk(hostile(), failing=failing)
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "tab", "l", "0", "a", "enter", "x", "a", "enter")
        assert_shown_harmlessly(pilot)
        await press(pilot, "escape", "escape", "H", "a", "enter")
        for key in ("escape", "r", "R", "escape", "L", "escape", "E", "escape", "F", "w"):
            await press(pilot, key)
            assert_shown_harmlessly(pilot)
        del desk.failing["label_queue"]
        for key in ("r", "1", "f", "backspace", "u"):
            await press(pilot, key)
            assert_shown_harmlessly(pilot)


async def test_a_start_that_fails_with_a_hostile_message_is_told_harmlessly() -> None:
    async with driving(FakeDesk(failing={"start": SourceError(HOSTILE[0] + ESCAPES)}), NARROW) as pilot:
        assert "[bold red]red[/]" in text_of(pilot)
        assert_harmless(text_of(pilot))


async def test_a_terminal_gets_no_escape_sequence_out_of_a_value() -> None:
    async with driving(FakeDesk(hostile()), WIDE) as pilot:
        await settle(pilot)
        assert "\x1b]52" not in pilot.app.export_screenshot()
        assert "␛]52;c;ZXZpbA==␇" in text_of(pilot)


async def test_a_title_is_only_text() -> None:
    from console.tui.app import IncidentConsole

    app = IncidentConsole(FakeDesk(calm()), title=f"{HOSTILE[0]}{ESCAPES}", utc=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert_harmless(text_of(pilot))
