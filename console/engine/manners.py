"""Manners towards the host: the model that it serves goes first, and what was logged is nobody else's."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from contextlib import suppress
from pathlib import Path

from console.model import Limits

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "riscv64": 30, "ppc64le": 273, "s390x": 282}
"""Number of the system call, for which the C library has no name, on 64-bit Linux."""
_THIS_PROCESS = 1
_BEST_EFFORT = 2 << 13
_LOWEST = 7
_PRIVATE = 0o077
_BEHIND_THE_SCREEN = 5


class _Umask:
    """What the person's own umask was, which holds for the files that they name."""

    own: int | None = None


class _Nice:
    """How far the process was back when it was started."""

    own: int | None = None


def be_modest(limits: Limits, *, draws: bool = False) -> None:
    """This process gives way to others, and the files it makes are for its owner alone.

    Call it before threads are started: on Linux each has priorities of its own, which it takes over from
    the one that starts it. I/O gets the lowest level of the normal class, not the idle class: in that a
    console would stand still for as long as the disk of a host in trouble is busy, which is when it is
    wanted. Without a disk scheduler that heeds priorities, or outside Linux, only the CPU's counts.

    Args:
        limits: how far it steps back.
        draws: the calling thread answers keys: it takes little and is wanted at once, so it steps back half
            as far where the others can do so by themselves, by `give_way`.
    """
    # Both ask once, when they are imported, how many threads they may have. The products that numpy is asked
    # for are small, and a thread of its own for them would spin while it waits.
    os.environ.setdefault("POLARS_MAX_THREADS", str(limits.threads))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if limits.nice:
        with suppress(OSError):
            _Nice.own = os.getpriority(os.PRIO_PROCESS, 0)
            os.nice(limits.nice // 2 if draws and sys.platform == "linux" else limits.nice)
        _lower_io_priority()
    # For the whole process: DuckDB makes its log and temporary files anew at times of its own.
    before = os.umask(_PRIVATE)
    if _Umask.own is None:
        _Umask.own = before


def give_way(limits: Limits, *, more: int = 0) -> None:
    """The calling thread, and those that it starts from now on, are as far back as the limits say, or more.

    Only on Linux, where a thread has a priority of its own.
    """
    if limits.nice and _Nice.own is not None and sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, _Nice.own + limits.nice + more)


def give_way_to_the_screen(limits: Limits) -> None:
    """The calling thread, and those that it starts from now on, come after all that a person waits for."""
    give_way(limits, more=_BEHIND_THE_SCREEN)


def open_as_usual(path: Path) -> None:
    """A file that the person named is as open to others as their umask says.

    Raises:
        OSError: it is not there, or is not theirs.
    """
    if _Umask.own is not None:
        path.chmod(0o666 & ~_Umask.own)


def _lower_io_priority() -> None:
    number = _IOPRIO_SET.get(platform.machine())
    if sys.platform != "linux" or number is None:
        return
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).syscall(number, _THIS_PROCESS, 0, _BEST_EFFORT | _LOWEST)
