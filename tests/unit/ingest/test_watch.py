"""Waking when files change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import watchfiles

from console.ingest import Waker


@pytest.fixture
def waker() -> Iterator[Waker]:
    waker = Waker()
    yield waker
    waker.close()


def woken_by_appending(waker: Waker, path: Path) -> bool:
    """Whether one of a few appends wakes: the watch may not have begun at the first."""
    for _ in range(50):
        with path.open("ab") as log:
            log.write(b"x")
        if waker.wait(0.1):
            return True
    return False


def test_an_append_wakes(waker: Waker, tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"")
    waker.watch([str(tmp_path)])
    assert waker.wait(1)  # what came before the watch has to be looked for
    assert woken_by_appending(waker, tmp_path / "a.log")


def test_directories_can_be_exchanged(waker: Waker, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    waker.watch([str(tmp_path / "one")])
    first = waker._thread
    waker.watch([str(tmp_path / "one")])
    assert waker._thread is first
    waker.watch([str(tmp_path / "two")])
    waker.wait(1)
    assert woken_by_appending(waker, tmp_path / "two" / "a.log")
    assert first is not None and not first.is_alive()


def test_a_directory_that_was_made_anew_is_watched_anew(waker: Waker, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    waker.watch([str(folder)])
    folder.rename(tmp_path / "old")
    folder.mkdir()
    waker.watch([str(folder)])
    waker.wait(1)
    assert woken_by_appending(waker, folder / "a.log")


def test_directories_that_do_not_exist_leave_the_timeout(waker: Waker, tmp_path: Path) -> None:
    waker.watch([str(tmp_path / "none")])
    assert not waker.wait(0.01)


def test_without_watches_the_timeout_remains(
    waker: Waker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Iterator[None]:
        raise OSError("inotify instance limit reached")
        yield

    monkeypatch.setattr(watchfiles, "watch", refuse)
    waker.watch([str(tmp_path)])
    waker.wait(1)
    assert not waker.wait(0.01)


def test_a_wait_can_be_ended_from_another_thread(waker: Waker) -> None:
    waker.wake()
    assert waker.wait(10)
    assert not waker.wait(0)
