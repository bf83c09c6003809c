"""A wake-up when something in a directory changes. Only a hint: who is woken looks for himself."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

import watchfiles

_STEP_MS = 40
_DEBOUNCE_MS = 50


class Waker:
    """Waits for changes in directories, or for a time to pass where these cannot be watched.

    Changes are seen within about 50 ms. Some are not seen at all: on network file systems, behind
    symbolic links, by writers that map the file, or when the system's watches are used up.
    """

    def __init__(self) -> None:
        self._changed = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._watched: frozenset[tuple[str, int, int]] = frozenset()

    def watch(self, directories: Iterable[str]) -> None:
        """From now on these directories wake, without their folders, and no others.

        Cheap if they are the same as before. One that does not exist is left out; call again when it
        may have come, or have been made anew.
        """
        wanted = frozenset(_existing(directories))
        if wanted == self._watched and (self._thread is None or self._thread.is_alive()):
            return
        self.close()
        self._watched = wanted
        if not wanted:
            return
        self._stop = threading.Event()
        arguments = (sorted({path for path, _, _ in wanted}), self._stop)
        self._thread = threading.Thread(target=self._run, args=arguments, name="waker", daemon=True)
        self._thread.start()
        # What changed while nothing was watched has woken nobody.
        self._changed.set()

    def wake(self) -> None:
        """End a `wait` from another thread."""
        self._changed.set()

    def wait(self, timeout: float) -> bool:
        """Returns True once something has changed since the last wait, False after `timeout` seconds."""
        woken = self._changed.wait(timeout)
        self._changed.clear()
        return woken

    def close(self) -> None:
        """Watch nothing any more. Takes some 10 ms."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._thread = None
        self._watched = frozenset()

    def _run(self, directories: list[str], stop: threading.Event) -> None:
        changes = watchfiles.watch(
            *directories,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            stop_event=stop,
            raise_interrupt=False,
            yield_on_timeout=False,
            recursive=False,
        )
        try:
            for _ in changes:
                self._changed.set()
        except (OSError, RuntimeError):
            # No watches left, or a directory vanished meanwhile: the timeouts remain.
            return


def _existing(directories: Iterable[str]) -> Iterable[tuple[str, int, int]]:
    for directory in directories:
        try:
            status = Path(directory).stat()
        except OSError:
            continue
        # A directory that was made anew under the same name is another one to the system.
        yield directory, status.st_dev, status.st_ino
