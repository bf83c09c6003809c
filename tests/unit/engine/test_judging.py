"""When a judgement is begun."""

from __future__ import annotations

from unittest.mock import Mock

import pytest

from console.engine import judging
from console.engine.judging import JudgingApart


def judging_of(alerts: tuple[()] = ()) -> JudgingApart:
    """A judge who finds nothing."""
    judge = Mock(alerts=alerts, problems=(), owes=False)
    judge.history.return_value = alerts
    return JudgingApart(judge, known=Mock(), on_done=Mock())


def done(apart: JudgingApart) -> bool | None:
    """Whether the judgement that is under way is one of all that is there; None if none is."""
    if apart.thread is None:
        return None
    apart.thread.join()
    taken = apart.take()
    assert taken is not None
    return taken.caught_up


def test_what_was_read_before_is_not_judged_until_it_shows_whether_that_is_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "FIRST_LOOK_SECONDS", 3600.0)
    apart = judging_of()
    apart.begin_if_due(version=0, caught_up=False)
    assert done(apart) is None
    apart.begin_if_due(version=0, caught_up=True)
    assert done(apart) is True


def test_a_backlog_is_judged_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "FIRST_LOOK_SECONDS", 0.0)
    apart = judging_of()
    apart.begin_if_due(version=1, caught_up=False)
    assert done(apart) is False
