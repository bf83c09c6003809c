"""All canned queries: the console's own, and those of a folder of the person's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from console.canned.header import parse_query
from console.canned.query import CannedQuery
from console.errors import QueryFileError, UsageError
from console.places import locate_queries


class _NoSuchQueryError(UsageError, KeyError):
    """Also what a mapping raises, so that `in` and `get` answer."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class Catalog(Mapping[str, CannedQuery]):
    """Every canned query by its name, in the names' order."""

    def __init__(self, queries: Mapping[str, CannedQuery]) -> None:
        self._queries = MappingProxyType(dict(sorted(queries.items())))

    def __getitem__(self, name: str) -> CannedQuery:
        """The query of that name.

        Raises:
            UsageError: there is none; the message names those that are nearest.
        """
        try:
            return self._queries[name]
        except KeyError:
            from difflib import get_close_matches

            near = get_close_matches(name, self._queries, n=3, cutoff=0.4)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise _NoSuchQueryError(
                f"no canned query is called {name!r}{hint} (`icon query --list` lists all)"
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._queries)

    def __len__(self) -> int:
        return len(self._queries)


def load_catalog(folders: Sequence[Path] = (), *, root: Traversable | None = None) -> Catalog:
    """Read every canned query and check a person's own, once, at start-up.

    Args:
        folders: folders with further queries; a name that exists already is an error, so that
            nobody reads another query's answer under a name they know. Hidden files, which
            editors leave beside the one that is open, are passed over.
        root: where the console's own queries are, instead of where `locate_queries` finds them.

    Raises:
        QueryFileError: `path:line: reason`, for the first file that is wrong.
    """
    queries: dict[str, CannedQuery] = {}
    own = root or locate_queries()
    for folder in (own, *folders):
        if not folder.is_dir():
            raise QueryFileError(f"{folder}: not a folder of queries")
        try:
            files = sorted(folder.iterdir(), key=lambda f: f.name)
        except OSError as error:
            raise QueryFileError(f"{folder}: cannot be read: {error.strerror}") from error
        for file in files:
            if not file.name.endswith(".sql") or file.name.startswith("."):
                continue
            name = file.name.removesuffix(".sql")
            if name in queries:
                raise QueryFileError(f"{file}:1: {name!r} exists already in {queries[name].path}")
            try:
                text = file.read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise QueryFileError(f"{file}:1: cannot be read: {error}") from error
            # The console's own were checked when it was tested.
            queries[name] = parse_query(name, text, path=str(file), is_known=folder is own)
    return Catalog(queries)
