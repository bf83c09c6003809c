"""Incidents of the service: errors, latency, versions of stages, volume, cost."""

from __future__ import annotations

import numpy as np

from benchmarks.scenarios.decoys import resampled
from benchmarks.scenarios.rhythm import Mask
from benchmarks.scenarios.scene import NotHereError, Scene
from benchmarks.scenarios.truth import Incident
from console.model import Condition


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


def stage_version(scene: Scene) -> Incident:
    """The requests of one host go through a stage of a version never seen with the model's."""
    paths = sorted(p for p in scene.traffic.columns if p.startswith("stages.") and p.endswith(".version"))
    path = paths[int(scene.random.integers(0, len(paths)))]
    conditions = scene.cut(20, 40, of=("tags.host",))
    hit = scene.traffic.meets(conditions) & scene.inside
    scene.traffic.fill(path, hit, f"{path.split('.')[1][0]}9")
    return scene.told("stage_version", conditions, hit, feature=path.split(".")[1])


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
