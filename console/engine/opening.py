"""Opens the cache and the casebook; says what was done instead where one of them is not to be had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from console.canned import Catalog
from console.casebook import Casebook, default_author, default_casebook_path
from console.engine.masks import REFILLED, masked_store
from console.engine.own_folder import OwnFolder, remove_deserted
from console.engine.seats import HOLDS
from console.engine.settings import Settings
from console.errors import StoreError, StoreLockedError
from console.store import Store, default_database_path
from console.store.database import MEMORY


@dataclass(slots=True)
class OpenedStore:
    """A store, and what the person must be told of it."""

    store: Store
    notices: tuple[str, ...] = ()
    private_folder: OwnFolder | None = None
    """Holds a cache of this process alone, and goes with it."""
    holder: int | None = None
    """Process id of who holds the one that the settings name, where that is known."""

    def close(self) -> None:
        """The file is free for others; a private cache is gone."""
        self.store.close()
        if self.private_folder is not None:
            self.private_folder.close()


def open_store(
    settings: Settings, catalog: Catalog, *, clock: Callable[[], datetime], private_if_locked: bool = True
) -> OpenedStore:
    """The cache that the settings name; a private one if another process holds that.

    Raises:
        StoreLockedError: it is held, and a private one was not wanted.
        StoreError: it cannot be opened or made.
    """
    held_by: int | None = None
    path = settings.database or str(default_database_path(settings.sources))
    if path != MEMORY:  # to find the folder for temporary files Python writes one
        remove_deserted()

    def open_at(path: str) -> Store:
        return Store(path, catalog, clock=clock, limits=settings.limits)

    try:
        store, is_anew = masked_store(settings, path, open_at)
        return OpenedStore(store, (REFILLED,) if is_anew else ())
    except StoreLockedError as error:
        if not private_if_locked:
            raise
        held_by = error.holder
        holder = f"process {held_by}" if held_by else "another process"
        notice = f"{holder}{HOLDS}this one reads into a private cache, labels are shared ({path})"
    except StoreError as error:
        if settings.database is not None or not private_if_locked:
            raise
        notice = f"a private cache is used instead of {error}"
    try:
        folder = OwnFolder("cache")
    except OSError as error:
        raise StoreError(f"{notice}; but none can be made: {error.strerror}") from error
    try:
        store, _ = masked_store(settings, str(folder.path / "cache.duckdb"), open_at)
        return OpenedStore(store, (notice,), folder, held_by)
    except BaseException:
        folder.close()
        raise


def leaves_nothing(settings: Settings) -> bool:
    """Whether this run is to leave nothing behind but what people make: its alerts are on no record."""
    return settings.database == MEMORY and settings.casebook is None


def casebook_at_hand(settings: Settings, *, clock: Callable[[], datetime]) -> Casebook | None:
    """The casebook that the settings name; None if there is none yet, and none is to be left behind.

    Raises:
        CasebookError: it cannot be opened or made.
    """
    if leaves_nothing(settings) and not default_casebook_path().exists():
        return None
    return open_casebook(settings, clock=clock)


def open_casebook(settings: Settings, *, clock: Callable[[], datetime]) -> Casebook:
    """The casebook that the settings name.

    Raises:
        CasebookError: it cannot be opened or made.
    """
    path = settings.casebook or default_casebook_path()
    return Casebook.open(path, author=settings.author or default_author(), clock=clock)
