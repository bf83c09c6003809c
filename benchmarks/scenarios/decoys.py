"""What looks like an incident and is none: batches, campaigns, roll-outs, newcomers, bursts."""

from __future__ import annotations

import numpy as np

from benchmarks.scenarios.models import Kind
from benchmarks.scenarios.rhythm import DAY, Mask, identifiers
from benchmarks.scenarios.traffic import Traffic, values


def resampled(
    random: np.random.Generator, pool: Traffic, at_start: float, at_end: float, count: int
) -> Traffic:
    """So many requests like those of the pool, at new times under new ids."""
    picked = random.integers(0, pool.rows, count)
    drawn = Traffic(
        pool.model,
        np.sort(random.uniform(at_start, at_end, count)),
        {path: column[picked] for path, column in pool.columns.items()},
    )
    drawn.columns["request_id"] = identifiers(random, count, f"{pool.model[:2]}+")
    return drawn


def batch(random: np.random.Generator, traffic: Traffic, kind: Kind, days: float) -> Traffic:
    """A client of its own with its own endpoint's latencies and mix: each night, or of one day each hour."""
    times = [day * DAY + 2 * 3600 for day in range(int(np.ceil(days)))] if days > 1 else []
    length = random.uniform(1200, 3000)
    if not times:
        times, length = [hour * 3600 + 300.0 for hour in range(int(days * 24))], 480.0
    usual = traffic.rows / (days * DAY) * length
    factor = random.uniform(2, 5) if days > 1 else random.uniform(0.5, 1)
    for time in times:
        count = int(usual * factor * random.uniform(0.95, 1.05))
        time += random.uniform(0, 90)
        extra = resampled(random, traffic, time, time + length, max(count, 1))
        everything: Mask = np.ones(extra.rows, dtype=np.bool_)
        extra.fill("endpoint", everything, kind.batch_endpoint)
        extra.fill("tags.client", everything, "batch-runner")
        extra.fill("tags.region", everything, "EU")
        for path in [p for p in extra.columns if p.endswith((".ms", "latency_ms"))]:
            extra.scale(path, everything, 3.0, digits=2)
        path = f"features.{kind.batch_amount}"
        digits = 2 if isinstance(extra.columns[path][0], float) else 0
        extra.scale(path, everything, 1.6, digits=digits)
        traffic = traffic.joined(extra)
    return traffic


def campaign(
    random: np.random.Generator, traffic: Traffic, days: float
) -> tuple[Traffic, tuple[float, float]]:
    """Twice the traffic for some hours of one day, most of it through one client."""
    day = int(random.integers(1, int(days))) if days > 1 else 0
    start = day * DAY + random.uniform(9, 15) * 3600
    end = min(start + random.uniform(3, 6) * 3600, days * DAY)
    inside = traffic.during(start, end)
    clients = sorted({str(c) for c in traffic.columns["tags.client"]} - {"batch-runner"})
    drawn_to = clients[int(random.integers(0, len(clients)))]
    chance = np.where(traffic.columns["tags.client"] == drawn_to, 0.9, 0.3)
    pool = traffic.taken(inside & (random.random(traffic.rows) < chance))
    if pool.rows:
        traffic = traffic.joined(resampled(random, pool, start, end, int(inside.sum())))
    return traffic, (start, end)


def roll_out(random: np.random.Generator, traffic: Traffic, days: float, version: str) -> tuple[float, float]:
    """A new version takes over, from 5 to 100 %, and behaves like the old one."""
    start = random.uniform(1.1, max(1.2, days - 0.6)) * DAY if days > 1 else random.uniform(0.4, 0.6) * DAY
    end = start + random.uniform(8, 20) * 3600
    share = np.clip(0.05 + 0.95 * (traffic.at - start) / (end - start), 0, 1)
    steps = np.where(share < 0.2, 0.05, np.where(share < 0.5, 0.25, np.where(share < 0.9, 0.6, 1.0)))
    moved: Mask = (traffic.at >= start) & (random.random(traffic.rows) < np.where(share >= 1, 1, steps))
    traffic.fill("model_version", moved, version)
    return start, end


def newcomer(random: np.random.Generator, traffic: Traffic, days: float) -> None:
    """A client that was not there on the first day has, in the end, one in twelve requests."""
    share = np.clip((traffic.at - DAY) / max((days - 1) * DAY, 1), 0, 1) / 12 if days > 1 else traffic.at * 0
    moved: Mask = (random.random(traffic.rows) < share) & (traffic.columns["tags.client"] != "batch-runner")
    traffic.fill("tags.client", moved, "newcomer")


def burst(random: np.random.Generator, traffic: Traffic) -> None:
    """Five requests in a row fail within half a minute, and then all is well."""
    place = int(random.integers(traffic.rows // 3, traffic.rows - 10))
    mask: Mask = np.zeros(traffic.rows, dtype=np.bool_)
    mask[place : place + 5] = traffic.at[place : place + 5] < traffic.at[place] + 30
    traffic.fill("status", mask, 503)
    traffic.fill("error_type", mask, "UpstreamError")
    traffic.columns["error_message"] = values(traffic.columns["error_message"].tolist())
