"""Failures a person can act on.

    ConsoleError
    ├── UsageError          wrong arguments or configuration        exit 2
    │   ├── QueryFileError  a canned query's file is wrong
    │   └── FilterError     a filter's text is wrong
    ├── UnavailableError    something outside is not there, or busy exit 3
    │   ├── SourceError     a log file cannot be read
    │   ├── StoreError      DuckDB refused
    │   │   ├── MemoryFullError   DuckDB needs more memory than it may have
    │   │   └── StoreLockedError  another process holds the file
    │   ├── CasebookError   the casebook cannot be read or written
    │   ├── ExportError     a slice could not be written
    │   ├── BundleError     a bundle cannot be opened
    │   └── ReadOnlyError   what is looked at is a bundle, which nothing changes
    └── Interrupted         the person, or a newer question, ended it  exit 130

Every message leads with its place (`path:offset:`) where it has one, and says what to do where that
is not obvious. Exceptions of libraries stop at the package that imports the library.
"""


class ConsoleError(Exception):
    """Base of every failure that is shown to a person instead of a traceback."""

    exit_code = 1
    """What a headless command ends with when this reaches the top."""


class UsageError(ConsoleError):
    """The arguments or the configuration are wrong; nothing was done."""

    exit_code = 2


class QueryFileError(UsageError):
    """A file of canned SQL is wrong: `path:line: reason`."""


class FilterError(UsageError):
    """A filter's text cannot be read: `position 7: reason`, counted from 1."""

    def __init__(self, reason: str, place: int) -> None:
        super().__init__(f"position {place + 1}: {reason}")
        self.reason = reason
        self.place = place
        """Characters before what is wrong."""


class UnavailableError(ConsoleError):
    """Something outside the console is missing or busy; trying again later may help."""

    exit_code = 3


class SourceError(UnavailableError):
    """A log file cannot be found or read."""


class StoreError(UnavailableError):
    """DuckDB refused; what was asked for did not happen at all."""


class MemoryFullError(StoreError):
    """DuckDB needs more memory than it may have; in smaller parts it may be possible."""


class StoreLockedError(StoreError):
    """Another process holds the DuckDB file."""

    def __init__(self, message: str, *, holder: int | None) -> None:
        super().__init__(message)
        self.holder = holder
        """Process id of the holder, None if DuckDB did not say."""


class CasebookError(UnavailableError):
    """The casebook cannot be read or written."""


class ExportError(UnavailableError):
    """A slice could not be written; no file was left under its final name."""


class BundleError(UnavailableError):
    """A bundle cannot be read, is damaged, or is not to be trusted; nothing of it was opened."""


class ReadOnlyError(UnavailableError):
    """What is looked at is a bundle: nothing is kept, and what is not in it cannot be had."""


class Interrupted(ConsoleError):
    """A long piece of work was ended on request before it finished."""

    exit_code = 130
