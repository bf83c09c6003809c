"""What a word of SQL may go on as: pure, without a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

_KEYWORDS = """
select from where group by order by limit with as and or not in is null like ilike between case when then else
end join left join using on union all distinct having qualify over partition by filter asc desc nulls last
interval cast exists values describe summarize
"""
_FUNCTIONS = """
count sum avg min max median quantile_cont stddev corr arg_max arg_min mode approx_count_distinct list
string_agg date_trunc time_bucket epoch_us now to_minutes to_hours coalesce nullif round floor abs ln
greatest least lower upper length contains starts_with regexp_matches row_number lag lead histogram unnest
range try_cast
"""
KEYWORDS = tuple(_KEYWORDS.split())
FUNCTIONS = tuple(f"{name}(" for name in _FUNCTIONS.split())
MOST = 60
"""Completions that are offered at most."""
_WORD = re.compile(r'(?:(?P<of>[A-Za-z_]\w*)\.)?(?P<begun>"[^"\n]*|\w*)\Z')
_NAME = re.compile(r"[A-Za-z_]\w*")
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Completion:
    """What the word before the cursor may become."""

    begun: str
    """What is there of it, to be replaced."""
    words: tuple[str, ...]
    """The likeliest first."""

    @property
    def common(self) -> str:
        """What all of them begin with, as far as it goes on from what is there."""
        if not self.words:
            return self.begun
        first, last = min(self.words, key=str.casefold), max(self.words, key=str.casefold)
        alike = takewhile(
            lambda pair: pair[0].casefold() == pair[1].casefold(), zip(first, last, strict=False)
        )
        return self.words[0][: len(list(alike))]


def columns_named(text: str, relations: Mapping[str, Sequence[str]]) -> tuple[str, tuple[str, ...]]:
    """The last relation that the statement names, and its columns as SQL names them; empty for none.

    Args:
        text: the whole statement.
        relations: relation -> its columns.
    """
    places = {match.group(): match.start() for match in _NAME.finditer(text)}
    named = max((name for name in relations if name in places), key=places.__getitem__, default="")
    return named, tuple(map(_named, relations[named])) if named else ()


def complete(before: str, text: str, relations: Mapping[str, Sequence[str]]) -> Completion:
    """How the word that ends `before` may go on.

    Args:
        before: the statement up to the cursor.
        text: the whole statement; columns of relations that it names come first.
        relations: relation -> its columns.
    """
    found = _WORD.search(before)
    begun, of = (found["begun"], found["of"]) if found else ("", None)
    if of is not None and of in relations:
        candidates = [_named(column) for column in relations[of]]
    else:
        named = [name for name in relations if name in text and re.search(rf"\b{re.escape(name)}\b", text)]
        columns = [_named(column) for name in named or relations for column in relations[name]]
        after_from = re.search(r"\b(from|join|describe|summarize)\s+\w*$", before, re.IGNORECASE)
        groups = [list(relations), columns] if after_from else [columns, list(relations)]
        candidates = [*groups[0], *groups[1], *KEYWORDS, *FUNCTIONS]
    start = begun.strip('"').casefold()
    words = [
        word
        for word in dict.fromkeys(candidates)
        if word.strip('"').casefold().startswith(start) and word.casefold() != begun.casefold()
    ]
    return Completion(begun, tuple(words[:MOST]) if begun or of else ())


def _named(column: str) -> str:
    """A column as SQL names it."""
    if _PLAIN.fullmatch(column):
        return column
    return '"' + column.replace('"', '""') + '"'
