"""What masks leave of labels and request ids from somewhere else, so that they meet the masked rows."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace

from console.config.masks import mask_key
from console.errors import UsageError
from console.ingest import Masking
from console.model import LabelDraft, Masks

_HIDDEN = re.compile(r"h:[0-9a-f]{16}|….{0,4}", re.DOTALL)
"""What masks keep of a whole value; it is not hidden a second time."""
_PLACE = re.compile(r"(?:/.*|-):\d+", re.DOTALL)
"""The key of a request without an id: where its line is, which masks leave as it is."""


def masked_keys(masks: Masks) -> Callable[[str], str]:
    """Gives what is stored of a request id, of one that is masked already the same.

    Raises:
        UsageError: the key of the masks cannot be had; from the function: ids are not stored at all.
    """
    masking = Masking(masks, mask_key(masks, os.environ))

    def key_of(key: str) -> str:
        if _HIDDEN.fullmatch(key) or _PLACE.fullmatch(key):
            return key
        hidden = _hidden(masking, "request_id", key)
        if not hidden:
            raise UsageError("the masks drop request ids, so none can be found by them; hash them instead")
        return hidden

    return key_of if masks else str


def masked_drafts(masks: Masks) -> Callable[[LabelDraft], LabelDraft]:
    """Gives a label as it may be kept: its request's id, its prediction and its note as the masks leave them.

    Raises:
        UsageError: the key of the masks cannot be had; from the function: ids are not stored at all.
    """
    key_of = masked_keys(masks)
    masking = Masking(masks, mask_key(masks, os.environ))

    def draft_of(draft: LabelDraft) -> LabelDraft:
        if not masks:
            return draft
        prediction = draft.prediction and _hidden(masking, "prediction", draft.prediction)
        note = draft.note and _hidden(masking, "note", draft.note)
        return replace(draft, request_key=key_of(draft.request_key), prediction=prediction, note=note)

    return draft_of


def masked_text(masks: Masks) -> Callable[[str], str]:
    """Gives what is kept of a text that a person types, a note say: what patterns find in it is hidden.

    Raises:
        UsageError: the key of the masks cannot be had.
    """
    if not masks:
        return str
    masking = Masking(masks, mask_key(masks, os.environ))
    return lambda text: masking.text(text, masking.parts_of(("note",), ()))


def _hidden(masking: Masking, name: str, text: str) -> str:
    """What is left of a value of that name; empty if it is dropped."""
    if _HIDDEN.fullmatch(text):
        return text
    by = masking.whole_of((name,))
    if by is None:
        return masking.text(text, masking.parts_of((name,), ()))
    kept = masking.replaced(text, by)
    return kept if isinstance(kept, str) else ""
