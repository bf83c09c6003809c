"""Incidents of every kind: each changes the requests of a stretch of time and says what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.scenarios.decoys import resampled
from benchmarks.scenarios.models import Kind
from benchmarks.scenarios.rhythm import Mask, Numbers
from benchmarks.scenarios.text import broken, flooded, foreign
from benchmarks.scenarios.traffic import ABSENT, NAN, Traffic
from benchmarks.scenarios.truth import Incident
from console.model import Condition

HOUR = 3600.0


@dataclass(slots=True)
class Scene:
    """One model's requests, and the stretch of time in which something goes wrong with them."""

    random: np.random.Generator
    traffic: Traffic
    kind: Kind
    start: float
    end: float
    taken: set[tuple[str, str]]
    """(model, feature) that another incident has harmed already."""

    @property
    def inside(self) -> Mask:
        """Rows of the stretch."""
        return self.traffic.during(self.start, self.end)

    def soon(self, mask: Mask, minutes: float) -> int:
        """How many of these rows come so soon after the start."""
        return int((mask & (self.traffic.at < self.start + minutes * 60)).sum())

    def cut(
        self, need: float, minutes: float, *, depth: int = 1, of: Iterable[str] = ()
    ) -> tuple[Condition, ...]:
        """At most `depth` conditions that enough rows meet in the first minutes, and more met before.

        Raises:
            NotHereError: none do.
        """
        columns = tuple(of) or self.kind.cut_by
        found: list[tuple[Condition, ...]] = []
        single = [c for path in columns for c in self._values(path)]
        for one in single:
            found.append((one,))
            found += [(one, two) for two in single if depth > 1 and one.name < two.name]
        shuffled = [found[int(place)] for place in self.random.permutation(len(found))]
        for conditions in sorted(shuffled, key=len, reverse=True):
            met = self.traffic.meets(conditions)
            before = int((met & (self.traffic.at < self.start)).sum())
            if self.soon(met & self.inside, minutes) >= need and before >= 4 * need:
                return conditions
        raise NotHereError

    def _values(self, path: str) -> list[Condition]:
        here = self.traffic.columns[path][self.inside]
        names, counts = np.unique(here.astype(str), return_counts=True)
        kind, name = ("tag", path[5:]) if path.startswith("tags.") else ("field", path)
        steady = [str(n) for n, c in zip(names, counts, strict=True) if 0.02 <= c / max(1, len(here)) <= 0.7]
        return [Condition(kind, name, n) for n in steady if n not in ("batch-runner", "newcomer")]

    def feature(self, candidates: Iterable[str]) -> str:
        """One of them that nothing else has harmed.

        Raises:
            NotHereError: there is none.
        """
        free = [f for f in candidates if (self.kind.name, f) not in self.taken]
        if not free:
            raise NotHereError
        chosen = free[int(self.random.integers(0, len(free)))]
        self.taken.add((self.kind.name, chosen))
        return chosen

    def numeric(self) -> list[str]:
        """Numeric features of which most values differ."""
        found = []
        for path, column in self.traffic.columns.items():
            if (
                path.startswith("features.")
                and isinstance(column[0], int | float)
                and not isinstance(column[0], bool)
            ):
                few = len(set(column[:500].tolist())) < 40
                found += [] if few or path == "features.payload_kb" else [path[9:]]
        return found

    def told(
        self,
        kind: str,
        conditions: tuple[Condition, ...],
        affected: Mask,
        *,
        feature: str | None = None,
        moves: Iterable[str] = (),
        strength: str = "",
    ) -> Incident:
        """The incident, with the ids of these rows."""
        ids = frozenset(map(str, self.traffic.columns["request_id"][affected]))
        moved = frozenset(moves) | ({feature} if feature else set())
        label = f"{kind}-{self.kind.name}-{round(self.start / 60)}"
        return Incident(
            label, kind, self.kind.name, conditions, feature, moved, self.start, self.end, strength, ids
        )


class NotHereError(Exception):
    """The traffic of this stretch is not such that this incident would show."""


def _fails(scene: Scene, name: str, error: str, status: int | None, rate: tuple[float, float]) -> Incident:
    random = scene.random
    depth = int(random.integers(1, 3))
    share = float(random.uniform(*rate)) if depth == 1 else float(random.uniform(0.3, 0.9))
    conditions = scene.cut(8 / share, 20, depth=depth)
    hit = scene.traffic.meets(conditions) & scene.inside & (random.random(scene.traffic.rows) < share)
    if hit.sum() < 20:
        raise NotHereError
    scene.traffic.fill("error_type", hit, error)
    scene.traffic.fill("error_message", hit, f"{error}: upstream said no")
    if status:
        scene.traffic.fill("status", hit, status)
    return scene.told(name, conditions, hit, strength=f"{share:.0%} of the slice")


def error_spike(scene: Scene) -> Incident:
    """A slice of one or two conditions fails with an error that is known."""
    low = scene.random.random() < 0.4
    return _fails(scene, "error_spike", "Timeout", 504, (0.06, 0.12) if low else (0.15, 0.6))


def new_error_type(scene: Scene) -> Incident:
    """A slice fails with an error that never came before."""
    return _fails(scene, "new_error_type", "CudaOutOfMemory", 500, (0.05, 0.3))


def _slow(scene: Scene, hit: Mask, factor: float) -> None:
    drawn = factor * scene.random.lognormal(0, 0.2, int(hit.sum()))
    scene.traffic.scale("latency_ms", hit, drawn, digits=2)


def slow_by_payload(scene: Scene) -> Incident:
    """One endpoint is slow for large payloads only."""
    random = scene.random
    edge = float(random.choice([32, 48, 64]))
    conditions = (*scene.cut(0, 18, of=("endpoint",)), Condition("number", "payload_kb", lower=edge))
    hit = scene.traffic.meets(conditions) & scene.inside
    if scene.soon(hit, 20) < 6:
        conditions = (Condition("number", "payload_kb", lower=edge),)
        hit = scene.traffic.meets(conditions) & scene.inside
    if scene.soon(hit, 20) < 6:
        raise NotHereError
    factor = float(random.uniform(3, 9))
    _slow(scene, hit, factor)
    stage = next(p for p in scene.traffic.columns if p in ("stages.predict.ms", "stages.embed.ms"))
    scene.traffic.scale(stage, hit, factor, digits=2)
    return scene.told(
        "slow_by_payload", conditions, hit, moves=("latency_ms",), strength=f"{factor:.1f} times"
    )


def slow_version(scene: Scene) -> Incident:
    """A version that takes a part of the traffic is slow."""
    random = scene.random
    conditions = scene.cut(20, 18, of=("model_version",))
    hit = scene.traffic.meets(conditions) & scene.inside
    factor = float(random.uniform(1.8, 4))
    _slow(scene, hit, factor)
    return scene.told("slow_version", conditions, hit, moves=("latency_ms",), strength=f"{factor:.1f} times")


def slow_stage(scene: Scene) -> Incident:
    """One stage takes many times as long, on one host or everywhere."""
    random = scene.random
    stages = sorted(p for p in scene.traffic.columns if p.startswith("stages.") and p.endswith(".ms"))
    stage = stages[int(random.integers(0, len(stages)))]
    conditions = scene.cut(20, 18, of=("tags.host",)) if random.random() < 0.7 else ()
    hit = scene.traffic.meets(conditions) & scene.inside
    if scene.soon(hit, 18) < 20:
        raise NotHereError
    before = scene.traffic.numbers(stage)[hit]
    factor = float(random.uniform(4, 10))
    added = before * (factor - 1) * random.lognormal(0, 0.2, len(before))
    total = scene.traffic.numbers("latency_ms")[hit]
    if np.median((total + added) / total) < 1.6:
        raise NotHereError
    scene.traffic.put(stage, hit, np.round(before + added, 2).tolist())
    scene.traffic.put("latency_ms", hit, np.round(total + added, 2).tolist())
    name = stage.split(".")[1]
    return scene.told(
        "slow_stage", conditions, hit, feature=name, moves=("latency_ms",), strength=f"{factor:.1f} times"
    )


def unseen_category(scene: Scene) -> Incident:
    """One client sends a value that a category never had."""
    random = scene.random
    chosen = scene.feature([name for name, _ in scene.kind.categories])
    value = dict(scene.kind.categories)[chosen]
    share = float(random.uniform(0.15, 0.8))
    conditions = scene.cut(6 / share, 9, of=("tags.client",))
    hit = scene.traffic.meets(conditions) & scene.inside & (random.random(scene.traffic.rows) < share)
    scene.traffic.fill(f"features.{chosen}", hit, value)
    return scene.told("unseen_category", conditions, hit, feature=chosen, strength=f"{value}, {share:.0%}")


def unit_change(scene: Scene) -> Incident:
    """One client sends an amount in another unit."""
    chosen = scene.feature(scene.kind.amounts)
    conditions = scene.cut(30, 40, of=("tags.client",))
    hit = scene.traffic.meets(conditions) & scene.inside
    factor = 100.0 if "eur" in chosen or chosen == "amount" else 1000.0
    if chosen.endswith("seconds") and scene.random.random() < 0.5:
        factor = 1 / 60
    scene.traffic.scale(f"features.{chosen}", hit, factor)
    moves = ["score", "prediction"] if _score_follows(scene, hit) else []
    return scene.told(
        "unit_change", conditions, hit, feature=chosen, moves=moves, strength=f"{factor:g} times"
    )


def _score_follows(scene: Scene, hit: Mask) -> bool:
    if "score" not in scene.traffic.columns or scene.random.random() < 0.5:
        return False
    moved = np.clip(scene.traffic.numbers("score")[hit] * 0.6 + 0.25, 0, 1)
    _score(scene, hit, moved)
    return True


def _score(scene: Scene, hit: Mask, scores: Numbers) -> None:
    """Those rows have these scores, and the predictions that follow from them."""
    names = sorted({str(p) for p in scene.traffic.columns["prediction"]})
    order = {"legit": 0, "fraud": 1, "decline": 0, "approve": 1, "ham": 0, "spam": 1}
    names.sort(key=lambda n: order.get(n, 0))
    scene.traffic.put("score", hit, np.round(scores, 5).tolist())
    scene.traffic.put("prediction", hit, [names[int(s >= 0.5)] for s in scores.tolist()])


def _missing(
    scene: Scene, name: str, value: object, share: Numbers | float, chosen: str, need: float
) -> Incident:
    conditions = scene.cut(need, 40, of=("tags.client", "tags.region"))
    chance = scene.random.random(scene.traffic.rows)
    hit = scene.traffic.meets(conditions) & scene.inside & (chance < share)
    scene.traffic.fill(f"features.{chosen}", hit, value)
    most = float(np.max(share))
    return scene.told(name, conditions, hit, feature=chosen, strength=f"{most:.0%} of the slice")


def nulls_sudden(scene: Scene) -> Incident:
    """A feature is null, or not logged at all, in one client or region."""
    chosen = scene.feature(scene.numeric())
    share = float(scene.random.uniform(0.2, 1.0))
    value = None if scene.random.random() < 0.7 else ABSENT
    return _missing(scene, "nulls_sudden", value, share, chosen, 25 / share)


def nulls_creeping(scene: Scene) -> Incident:
    """A feature is null in ever more of a client's requests, over an hour and a half."""
    chosen = scene.feature(scene.numeric())
    most = float(scene.random.uniform(0.4, 0.9))
    share = most * np.clip((scene.traffic.at - scene.start) / 5400, 0, 1)
    return _missing(scene, "nulls_creeping", None, share, chosen, 120)


def nan(scene: Scene) -> Incident:
    """A number is NaN in one client or region."""
    chosen = scene.feature(scene.numeric())
    share = float(scene.random.uniform(0.2, 1.0))
    return _missing(scene, "nan", NAN, share, chosen, 25 / share)


def empty_text(scene: Scene) -> Incident:
    """A category is the empty text in one client or region."""
    chosen = scene.feature([name for name, _ in scene.kind.categories])
    share = float(scene.random.uniform(0.3, 1.0))
    return _missing(scene, "empty_text", "", share, chosen, 25 / share)


def type_flip(scene: Scene) -> Incident:
    """A number is logged as text by one client."""
    chosen = scene.feature(scene.numeric())
    conditions = scene.cut(25, 40, of=("tags.client",))
    hit = scene.traffic.meets(conditions) & scene.inside
    path = f"features.{chosen}"
    scene.traffic.put(path, hit, [None if v is None else str(v) for v in scene.traffic.columns[path][hit]])
    return scene.told("type_flip", conditions, hit, feature=chosen)


def stuck_feature(scene: Scene) -> Incident:
    """A feature repeats one value, everywhere or in a region."""
    chosen = scene.feature(scene.numeric())
    conditions = scene.cut(50, 40, of=("tags.region", "tags.host")) if scene.random.random() < 0.5 else ()
    hit = scene.traffic.meets(conditions) & scene.inside
    if scene.soon(hit, 40) < 50:
        raise NotHereError
    path = f"features.{chosen}"
    scene.traffic.fill(path, hit, scene.traffic.columns[path][hit][0])
    return scene.told("stuck_feature", conditions, hit, feature=chosen)


def stuck_score(scene: Scene) -> Incident:
    """The model answers the same score whatever it is asked."""
    hit = scene.inside
    if "score" not in scene.traffic.columns or scene.soon(hit, 40) < 50:
        raise NotHereError
    scene.feature(["score"])
    _score(scene, hit, np.full(int(hit.sum()), float(np.round(scene.random.uniform(0.1, 0.6), 5))))
    return scene.told("stuck_score", (), hit, feature="score", moves=("prediction", "truth"))


def slow_drift(scene: Scene) -> Incident:
    """A feature climbs steadily over many hours and stays up."""
    chosen = scene.feature(scene.numeric())
    most = float(scene.random.uniform(1.6, 2.4))
    hit = scene.inside
    if hit.sum() < 800:
        raise NotHereError
    climbed = np.clip((scene.traffic.at[hit] - scene.start) / (7 * HOUR), 0, 1)
    path = f"features.{chosen}"
    whole = isinstance(scene.traffic.columns[path][0], int)
    scene.traffic.scale(path, hit, 1 + (most - 1) * climbed, digits=0 if whole else 3)
    return scene.told("slow_drift", (), hit, feature=chosen, strength=f"to {most:.1f} times")


def sudden_drift(scene: Scene) -> Incident:
    """A feature jumps, everywhere or in a region."""
    chosen = scene.feature(scene.numeric())
    conditions = scene.cut(90, 45, of=("tags.region", "tags.client")) if scene.random.random() < 0.5 else ()
    hit = scene.traffic.meets(conditions) & scene.inside
    if scene.soon(hit, 45) < 90:
        raise NotHereError
    factor = float(scene.random.uniform(1.8, 3.0))
    path = f"features.{chosen}"
    whole = isinstance(scene.traffic.columns[path][0], int)
    scene.traffic.scale(path, hit, factor, digits=0 if whole else 3)
    return scene.told("sudden_drift", conditions, hit, feature=chosen, strength=f"{factor:.1f} times")


def silence(scene: Scene) -> Incident:
    """A model, a region or a client is not heard of any more."""
    conditions = scene.cut(40, 45, of=("tags.region", "tags.client")) if scene.random.random() < 0.6 else ()
    gone = scene.traffic.meets(conditions) & scene.inside
    if scene.soon(gone, 45) < 40:
        raise NotHereError
    kept = scene.traffic.taken(~gone)
    scene.traffic.at, scene.traffic.columns = kept.at, kept.columns
    nobody: Mask = np.zeros(scene.traffic.rows, dtype=np.bool_)
    return scene.told("silence", conditions, nobody, strength=f"{int(gone.sum())} requests")


def surge(scene: Scene) -> Incident:
    """One client sends many times its requests, few of them different."""
    conditions = scene.cut(12, 45, of=("tags.client",))
    hit = scene.traffic.meets(conditions) & scene.inside
    usual = int(hit.sum())
    factor = float(scene.random.uniform(7, 12))
    pool = scene.traffic.taken(scene.traffic.meets(conditions) & scene.inside)
    extra = resampled(scene.random, pool, scene.start, scene.end, int(usual * factor))
    joined = scene.traffic.joined(extra)
    scene.traffic.at, scene.traffic.columns = joined.at, joined.columns
    hit = scene.traffic.meets(conditions) & scene.inside
    return scene.told("surge", conditions, hit, strength=f"{factor + 1:.0f} times")


def text_garbage(scene: Scene) -> Incident:
    """The text of one client is broken, flooded with emoji, or of another language."""
    if "features.text" not in scene.traffic.columns:
        raise NotHereError
    scene.feature(["text"])
    random = scene.random
    conditions = scene.cut(40, 45, of=("tags.client", "tags.region"))
    hit = scene.traffic.meets(conditions) & scene.inside
    how = ("broken", "flooded", "foreign")[int(random.integers(0, 3))]
    ways: Mapping[str, Callable[[str], str]] = {
        "broken": broken,
        "flooded": lambda text: flooded(random, text),
        "foreign": lambda text: foreign(random, text),
    }
    texts = [ways[how](str(text)) for text in scene.traffic.columns["features.text"][hit]]
    scene.traffic.put("features.text", hit, texts)
    return scene.told("text_garbage", conditions, hit, feature="text", strength=how)


def stage_version(scene: Scene) -> Incident:
    """The requests of one host go through a stage of a version never seen with the model's."""
    paths = sorted(p for p in scene.traffic.columns if p.startswith("stages.") and p.endswith(".version"))
    path = paths[int(scene.random.integers(0, len(paths)))]
    conditions = scene.cut(20, 40, of=("tags.host",))
    hit = scene.traffic.meets(conditions) & scene.inside
    scene.traffic.fill(path, hit, f"{path.split('.')[1][0]}9")
    return scene.told("stage_version", conditions, hit, feature=path.split(".")[1])


def token_explosion(scene: Scene) -> Incident:
    """One client's answers take several times as many tokens, and cost as much more."""
    if "tokens_out" not in scene.traffic.columns:
        raise NotHereError
    scene.feature(["tokens_out"])
    conditions = scene.cut(40, 45, of=("tags.client", "tags.region"))
    hit = scene.traffic.meets(conditions) & scene.inside
    factor = float(scene.random.uniform(4, 9))
    scene.traffic.scale("tokens_out", hit, factor, digits=0)
    put = [int(v) for v in scene.traffic.columns["tokens_out"][hit]]
    scene.traffic.put("tokens_out", hit, put)
    tokens_in = scene.traffic.numbers("tokens_in")[hit]
    scene.traffic.put("cost", hit, np.round(tokens_in * 2e-6 + np.array(put) * 8e-6, 8).tolist())
    return scene.told(
        "token_explosion",
        conditions,
        hit,
        feature="tokens_out",
        moves=("cost",),
        strength=f"{factor:.1f} times",
    )


def concept_drift(scene: Scene) -> Incident:
    """The truth is no longer what the model has learnt; inputs and scores are as they were."""
    scene.feature(["truth"])
    hit = scene.inside & np.array([t is not None for t in scene.traffic.columns["truth"]])
    if scene.soon(hit, 50) < 60:
        raise NotHereError
    truth = scene.traffic.columns["truth"][hit]
    if isinstance(truth[0], float):
        factor = float(scene.random.choice([0.45, 1.8]))
        scene.traffic.scale("truth", hit, factor, digits=1)
        return scene.told("concept_drift", (), hit, feature="truth", strength=f"sold {factor} times")
    names = sorted({str(t) for t in truth})
    share = float(scene.random.uniform(0.25, 0.5))
    turn = dict(zip(names, reversed(names), strict=True))
    flip = scene.random.random(len(truth)) < share
    turned = [turn[str(t)] if f else t for t, f in zip(truth, flip, strict=True)]
    scene.traffic.put("truth", hit, turned)
    return scene.told("concept_drift", (), hit, feature="truth", strength=f"{share:.0%} of the truths turned")


def leakage(scene: Scene) -> Incident:
    """The model is suddenly right about everything."""
    scene.feature(["truth"])
    hit = scene.inside & np.array([t is not None for t in scene.traffic.columns["truth"]])
    if scene.soon(hit, 50) < 60:
        raise NotHereError
    predicted = scene.traffic.columns["prediction"][hit]
    near = [round(p, 1) if isinstance(p, float) else p for p in predicted]
    scene.traffic.put("truth", hit, near)
    return scene.told("leakage", (), hit, feature="truth")


def confidence_drop(scene: Scene) -> Incident:
    """Scores crowd around one half: by its own estimate the model is right much less often."""
    hit = scene.inside
    if "score" not in scene.traffic.columns or scene.soon(hit, 45) < 120:
        raise NotHereError
    scene.feature(["score"])
    scores = 0.5 + (scene.traffic.numbers("score")[hit] - 0.5) * float(scene.random.uniform(0.25, 0.45))
    _score(scene, hit, scores)
    drawn = scene.random.random(len(scores)) < scores
    names = {"fraud": ("legit", "fraud"), "credit": ("decline", "approve"), "spam": ("ham", "spam")}[
        scene.kind.name
    ]
    known = scene.traffic.columns["truth"][hit]
    scene.traffic.put(
        "truth", hit, [None if k is None else names[int(d)] for k, d in zip(known, drawn, strict=True)]
    )
    return scene.told("confidence_drop", (), hit, feature="score", moves=("prediction", "truth"))


MAKERS: Mapping[str, Callable[[Scene], Incident]] = {
    maker.__name__: maker
    for maker in (
        error_spike,
        new_error_type,
        slow_by_payload,
        slow_version,
        slow_stage,
        unseen_category,
        unit_change,
        nulls_sudden,
        nulls_creeping,
        nan,
        empty_text,
        type_flip,
        stuck_feature,
        stuck_score,
        slow_drift,
        sudden_drift,
        silence,
        surge,
        text_garbage,
        stage_version,
        token_explosion,
        concept_drift,
        leakage,
        confidence_drop,
    )
}
OFTEN: Mapping[str, float] = {
    "error_spike": 3,
    "slow_by_payload": 2,
    "unseen_category": 2,
    "unit_change": 2,
    "nulls_sudden": 1.5,
}
"""How often a kind is drawn; 1 unless given."""
HOURS: Mapping[str, tuple[float, float]] = {
    "slow_drift": (9, 13),
    "nulls_creeping": (3, 10),
    "concept_drift": (4, 10),
    "leakage": (4, 10),
    "unit_change": (1, 8),
    "surge": (0.75, 3),
    "silence": (0.75, 6),
}
"""Shortest and longest duration; 0.5 to 8 hours unless given."""
