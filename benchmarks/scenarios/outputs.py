"""Incidents of what the model says, and of how right it is."""

from __future__ import annotations

import numpy as np

from benchmarks.scenarios.rhythm import Mask, Numbers
from benchmarks.scenarios.scene import NotHereError, Scene
from benchmarks.scenarios.truth import Incident


def follow_score(scene: Scene, hit: Mask) -> bool:
    """In one of two cases the score of those rows rises with their input; whether it did."""
    if "score" not in scene.traffic.columns or scene.random.random() < 0.5:
        return False
    moved = np.clip(scene.traffic.numbers("score")[hit] * 0.6 + 0.25, 0, 1)
    put_scores(scene, hit, moved)
    return True


def put_scores(scene: Scene, hit: Mask, scores: Numbers) -> None:
    """Those rows have these scores, and the predictions that follow from them."""
    names = sorted({str(p) for p in scene.traffic.columns["prediction"]})
    order = {"legit": 0, "fraud": 1, "decline": 0, "approve": 1, "ham": 0, "spam": 1}
    names.sort(key=lambda n: order.get(n, 0))
    scene.traffic.put("score", hit, np.round(scores, 5).tolist())
    scene.traffic.put("prediction", hit, [names[int(s >= 0.5)] for s in scores.tolist()])


def stuck_score(scene: Scene) -> Incident:
    """The model answers the same score whatever it is asked."""
    hit = scene.inside
    if "score" not in scene.traffic.columns or scene.soon(hit, 40) < 50:
        raise NotHereError
    scene.feature(["score"])
    put_scores(scene, hit, np.full(int(hit.sum()), float(np.round(scene.random.uniform(0.1, 0.6), 5))))
    return scene.told("stuck_score", (), hit, feature="score", moves=("prediction", "truth"))


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
    put_scores(scene, hit, scores)
    drawn = scene.random.random(len(scores)) < scores
    names = {"fraud": ("legit", "fraud"), "credit": ("decline", "approve"), "spam": ("ham", "spam")}[
        scene.kind.name
    ]
    known = scene.traffic.columns["truth"][hit]
    scene.traffic.put(
        "truth", hit, [None if k is None else names[int(d)] for k, d in zip(known, drawn, strict=True)]
    )
    return scene.told("confidence_drop", (), hit, feature="score", moves=("prediction", "truth"))
