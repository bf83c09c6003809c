"""A filter for the requests that have the same value as one."""

from __future__ import annotations

from console.errors import UsageError
from console.model import Comparison, Filter, Term
from console.tui.request.nodes import Node
from console.tui.safe import words

_LONGEST = 300
"""Characters of a value that one filters by."""


def filter_with(node: Node, model: str, filter: Filter) -> Filter:
    """The filter, narrowed to the requests with this value.

    Args:
        node: a field, tag or feature of a request.
        model: the request's.
        filter: what lets it through so far; what it says of the same field is replaced.

    Raises:
        UsageError: there is no value that one can filter by; in words for the person.
    """
    if not node.field or isinstance(node.value, dict | list):
        raise UsageError("Not a field, tag or feature with one value: move to one first")
    said = node.value if isinstance(node.value, str) else words(node.value, _LONGEST)
    if len(said) > _LONGEST:
        raise UsageError(f"Too long to filter by: {len(said):,} characters")
    is_null = node.value is None
    terms = [Term(node.field, Comparison.IS, "" if is_null else said, is_null)]
    if is_null and node.path[0] == "Features":
        # What another model never has is null there as well.
        terms.insert(0, Term("model", Comparison.IS, model))
    named = {term.field for term in terms}
    return Filter((*(term for term in filter.terms if term.field not in named), *terms))
