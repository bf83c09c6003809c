"""Incidents of the input: what is missing, unseen, of another unit or type, stuck, drifting or garbled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.scenarios.outputs import follow_score
from benchmarks.scenarios.rhythm import Numbers
from benchmarks.scenarios.scene import NotHereError, Scene
from benchmarks.scenarios.text import broken, flooded, foreign
from benchmarks.scenarios.traffic import ABSENT, NAN
from benchmarks.scenarios.truth import Incident

HOUR = 3600.0


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
    moves = ["score", "prediction"] if follow_score(scene, hit) else []
    return scene.told(
        "unit_change", conditions, hit, feature=chosen, moves=moves, strength=f"{factor:g} times"
    )


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
