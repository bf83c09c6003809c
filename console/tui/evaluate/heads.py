"""What stands over the panes of an evaluation, in pieces of text with their styles."""

from __future__ import annotations

from datetime import date

from textual.content import Content

from console.model.evaluation import Basis, Evaluation
from console.tui import say
from console.tui.evaluate.words import slice_name
from console.tui.safe import cut

Pieces = list[tuple[str, str]]
BASIS_WORDS = {
    Basis.TRUTH: "on truth",
    Basis.LABELS: "on labels",
    Basis.ESTIMATED: "estimated, no truth",
}
RUNNING: Pieces = [("evaluating … ", "bold $accent"), ("esc cancels", "$dim")]


def head_of(told: Evaluation, today: date) -> Pieces:
    """On which basis it is, how much of what there is that rests on, and of what time."""
    part = f"{say.count(told.rows)} of {say.plural(told.requests, 'request')}"
    start, until = (end.replace(second=0, microsecond=0) for end in (told.window.start, told.window.until))
    said = [
        (BASIS_WORDS[told.basis], "bold $foreground"),
        (f" · {part} ({told.share:.1%})", "$foreground" if told.rows else "bold $warning"),
        (f" · {say.between(start, until, today)} UTC", "$dim"),
    ]
    if len(told.models) > 1:
        said.append((f" · {told.models.index(told.model) + 1} of {len(told.models)} models", "$dim"))
    return said


def notes_of(told: Evaluation, width: int) -> Content:
    """What is to be known of the figures, in two lines of so many cells at most."""
    said = []
    if told.positive:
        said.append(f"positive is {cut(told.positive, 40)}")
    if told.score_of and told.score_of != told.positive:
        said.append(f"the score is the chance of {cut(told.score_of, 40)}")
    said += [cut(note, 200) for note in told.notes]
    left_out = told.left_out.items()
    said += [f"left out: {say.count(rows)}, {cut(why, 60)}" for why, rows in left_out if rows]
    if told.figures:
        said.append("value, 95 % interval, rows")
    return Content.styled(" · ".join(said), "$dim").truncate(2 * width, ellipsis=True)


def pictures_of(told: Evaluation | None, measure: str) -> dict[str, tuple[str, str]]:
    """Picture -> its title, and what there is to know of it."""
    every = say.step(told.step_seconds) if told is not None and told.step_seconds else ""
    name = cut(measure, 40)
    expected = told is not None and told.basis is Basis.ESTIMATED
    return {
        "time": (
            f"{name[:1].upper()}{name[1:]} over time" if name else "Over time",
            f"per {every} ━ value ░ 95 %" if every else "",
        ),
        "reliability": ("Reliability", "what came over what scores promised"),
        "confusion": ("Confusion", "expected" if expected else "share of each truth"),
    }


def slices_head(measure: str, dimension: str, rows: int, worse: int) -> Pieces:
    """Which slices are listed, and how many of them are worse than the others."""
    if not rows:
        return [("none to tell apart", "$dim")]
    by = cut(slice_name(dimension), 30) if dimension else "version, endpoint and tags"
    said = [(f"{cut(measure, 40)} by {by}", "$foreground")]
    if worse:
        said += [(" · ", "$dim"), (f"▼ {worse} worse beyond chance", "bold $error")]
    return [*said, (" · beside all other requests, worst first", "$dim")]
