"""Evaluations in words, for the screen and the command line; whoever shows them makes them safe to see."""

from __future__ import annotations

import re

from console.model.evaluation import SCORE_DIMENSION, Evaluation, VersionComparison

_TENTH = re.compile(r"[01](\.\d+)?")
"""The least score of a slice by the score."""


def basis_words(told: Evaluation) -> str:
    """On what the figures rest, and how much of it there is."""
    said = {"truth": "on truth", "labels": "on labels", "estimated": "estimated"}[told.basis.value]
    words = f"{said}: {told.rows:,} of {told.requests:,} requests ({told.share:.1%})"
    if told.positive:
        words += f"; positive is {told.positive}"
    if told.score_of:
        words += f"; the score is the chance of {told.score_of}"
    return words


def slice_name(dimension: str) -> str:
    """A dimension as a person calls it."""
    return {"model_version": "version", SCORE_DIMENSION: "score"}.get(dimension, dimension)


def slice_words(dimension: str, value: str) -> str:
    """A slice as a person would filter for it."""
    if dimension == SCORE_DIMENSION and _TENTH.fullmatch(value):  # a tag may be called so too
        return f"score {value} to {float(value) + 0.1:.1f}"
    return f"{slice_name(dimension)}={value}"


def paired_words(told: VersionComparison) -> str:
    """Whether the versions saw the same inputs."""
    if told.paired_by:
        return f"on the same inputs: {told.pairs:,} pairs, by {told.paired_by}"
    return f"each on its own inputs: {told.requests[0]:,} and {told.requests[1]:,} requests"
