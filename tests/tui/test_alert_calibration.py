"""The chart of what scores were worth, before an alert and during it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content

from console.model import AlertPicture, Calibration
from console.model.evaluation import Basis, Figure, ReliabilityBin
from console.tui.evaluate.drawing import draw_reliability
from tests.tui.driving import NARROW, WIDE, driving, press, text_of
from tests.tui.fakes import HOSTILE, PICTURE, FakeDesk, incident


def bins(*came: float) -> tuple[ReliabilityBin, ...]:
    """Of equal width, so many of each of which came."""
    width = 1 / len(came)
    return tuple(
        ReliabilityBin(
            place * width, (place + 1) * width, 50, (place + 0.5) * width, share, share - 0.05, share + 0.05
        )
        for place, share in enumerate(came)
    )


CALIBRATION = Calibration(
    Basis.TRUTH,
    "fraud",
    before=bins(0.1, 0.3, 0.5, 0.7, 0.9),
    now=bins(0.5, 0.5, 0.5, 0.5, 0.4),
    error_before=Figure("calibration error", 0.0, 0.0, 0.02, 250),
    error_now=Figure("calibration error", 0.26, 0.2, 0.3, 250),
)
CALIBRATED = replace(PICTURE, calibration=CALIBRATION, by_distribution=True)
SAID = "Reliability  off ○ before 0.00 ● during 0.26"


def plain(lines: list[Content]) -> list[str]:
    return [line.plain for line in lines]


def test_scores_before_lie_on_the_line_and_those_during_stand_off_it() -> None:
    lines = plain(draw_reliability(CALIBRATION.now, 56, 11, CALIBRATION.before))
    assert len(lines) == 11 and all(len(line) <= 56 for line in lines)
    assert sum(line.count("●") for line in lines) == 5
    before = [(y, line.index("○")) for y, line in enumerate(lines) if "○" in line]
    assert [x for _, x in before] == sorted((x for _, x in before), reverse=True)
    assert len({y for y, line in enumerate(lines) if "●" in line}) <= 2


def test_the_scale_holds_what_came_before_as_well() -> None:
    low, high = bins(0.01), (ReliabilityBin(0.9, 1.0, 9, 0.9, 0.9, 0.8, 1.0),)
    low = (replace(low[0], promised=0.01),)
    assert plain(draw_reliability(low, 40, 6))[0].split()[0] == "0.01"
    assert plain(draw_reliability(low, 40, 6, high))[0].split()[0] == "1"


async def test_three_charts_stand_side_by_side_where_there_is_room() -> None:
    async with driving(FakeDesk(incident(), make_picture=lambda _: CALIBRATED), (160, 48)) as pilot:
        await press(pilot, "enter")
        shown = text_of(pilot)
        assert SAID in shown and "per 5 min" in shown and "amount before" in shown


@pytest.mark.parametrize(("leads", "shown", "hidden"), [(True, SAID, "amount b"), (False, "amount b", SAID)])
async def test_of_three_the_one_that_says_more_stands_beside_the_timeline_where_two_fit(
    leads: bool, shown: str, hidden: str
) -> None:
    told = replace(CALIBRATED, by_calibration=leads)
    async with driving(FakeDesk(incident(), make_picture=lambda _: told), (130, WIDE[1])) as pilot:
        await press(pilot, "enter")
        assert shown in text_of(pilot) and hidden not in text_of(pilot) and "per 5 min" in text_of(pilot)


async def test_m_comes_back_to_the_next_of_three_where_there_is_room_for_one() -> None:
    async with driving(FakeDesk(incident(), make_picture=lambda _: CALIBRATED), NARROW) as pilot:
        await press(pilot, "enter")
        assert "amount before" in text_of(pilot) and SAID not in text_of(pilot)
        for shown in (SAID, "per 5 min", "amount before"):
            await press(pilot, "m", "m", "m")
            found = [one for one in (SAID, "per 5 min", "amount before") if one in text_of(pilot)]
            assert found == [shown]


async def test_why_there_is_no_calibration_is_said_beside_the_scores() -> None:
    told = replace(CALIBRATED, calibration=Calibration(why="no truth is known during it"))
    async with driving(FakeDesk(incident(), make_picture=lambda _: told), NARROW) as pilot:
        await press(pilot, "enter")
        assert "no truth is known during it" in text_of(pilot) and "Reliability" not in text_of(pilot)


async def test_a_class_that_is_called_like_an_escape_is_only_words() -> None:
    told = AlertPicture(calibration=replace(CALIBRATION, score_of=HOSTILE[1], basis=Basis.LABELS))
    async with driving(FakeDesk(incident(), make_picture=lambda _: told), (160, 48)) as pilot:
        await press(pilot, "enter")
        assert "labels · off ○" in text_of(pilot) and "\x1b" not in text_of(pilot)


@pytest.mark.parametrize("width", [120, 149])
async def test_m_turns_the_chart_beside_the_timeline_where_two_fit(width: int) -> None:
    async with driving(FakeDesk(incident(), make_picture=lambda _: CALIBRATED), (width, WIDE[1])) as pilot:
        await press(pilot, "enter")
        assert "amount b" in text_of(pilot) and SAID not in text_of(pilot)
        for shown in (SAID, "amount b"):
            await press(pilot, "m", "m")
            found = [one for one in (SAID, "per 5 min", "amount b") if one in text_of(pilot)]
            assert found == [one for one in (SAID, "per 5 min", "amount b") if one in (shown, "per 5 min")]
