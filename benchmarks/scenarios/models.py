"""Four models and what their requests look like while nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.scenarios.rhythm import Numbers, Values, Volume, choose, identifiers, long_tail, memory, wave
from benchmarks.scenarios.text import message
from benchmarks.scenarios.traffic import Traffic, rounded, values

REGIONS = {"EU": 0.5, "US": 0.35, "APAC": 0.15}
REGION_PEAKS = {"EU": 12.0, "US": 19.0, "APAC": 4.0}
COUNTRIES = {
    "EU": {"DE": 30.0, "FR": 22.0, "ES": 14.0, "IT": 12.0, "NL": 8.0, "PL": 6.0, "PT": 3.0, "LU": 0.1},
    "US": {"US": 85.0, "CA": 14.0, "BM": 0.05},
    "APAC": {"JP": 40.0, "AU": 25.0, "SG": 15.0, "NZ": 4.0, "FJ": 0.1},
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A model, and what of it can be harmed how."""

    name: str
    weight: float
    """Its share of all requests, against the others'."""
    make: Callable[[np.random.Generator, Period], Traffic]
    cut_by: tuple[str, ...]
    """Columns by which an incident may be confined."""
    amounts: tuple[str, ...]
    """Numeric features whose unit may change."""
    categories: tuple[tuple[str, str], ...]
    """A text feature, and a value that it never has while all is well."""
    batch_endpoint: str
    batch_amount: str
    """Feature that is distributed otherwise in the nightly batch."""


@dataclass(frozen=True, slots=True)
class Period:
    """What all models of a scenario share."""

    days: float
    weekday: int
    """Of the first day, Monday 0."""
    weekend: float
    rows: Mapping[str, float]
    """Model -> requests of a weekday."""


def _base(
    random: np.random.Generator,
    period: Period,
    *,
    model: str,
    endpoints: Mapping[str, float],
    clients: Mapping[str, float],
    milliseconds: Mapping[str, float],
    version: str,
) -> tuple[Traffic, Numbers]:
    volume = Volume(
        random,
        days=period.days,
        a_day=period.rows[model],
        weekday=period.weekday,
        weekend=period.weekend,
    )
    at, load = volume.arrivals()
    n = len(at)
    client_peaks = {name: float(random.uniform(0, 24)) for name in clients}
    payload = random.lognormal(np.log(26), 0.9, n)
    endpoint = choose(random, at, endpoints)
    columns: dict[str, Values] = {
        "request_id": identifiers(random, n, f"{model[:2]}-"),
        "model_version": values([version] * n),
        "endpoint": endpoint,
        "status": values([200] * n),
        "error_type": values([None] * n),
        "error_message": values([None] * n),
        "tags.region": choose(random, at, REGIONS, REGION_PEAKS),
        "tags.client": choose(random, at, clients, client_peaks),
        "tags.host": choose(random, at, {"ml-1": 1.0, "ml-2": 1.0, "ml-3": 0.8}),
        "features.payload_kb": rounded(payload, 2),
    }
    slower = np.array([1.0 if e == next(iter(endpoints)) else 2.2 for e in endpoint])
    total = np.zeros(n)
    for stage, usual in milliseconds.items():
        taken = usual * random.lognormal(0, 0.3, n) * (0.7 + 0.4 * load) * slower
        taken = taken * (1 + payload / 400) + np.where(
            random.random(n) < 0.004, random.exponential(15 * usual, n), 0
        )
        columns[f"stages.{stage}.ms"] = rounded(taken, 2)
        columns[f"stages.{stage}.version"] = values([f"{stage[0]}4"] * n)
        total += taken
    columns["latency_ms"] = rounded(total + random.exponential(1.5, n), 2)
    traffic = Traffic(model, at, columns)
    _fail_a_little(random, traffic)
    return traffic, load


def _fail_a_little(random: np.random.Generator, traffic: Traffic) -> None:
    """Errors as there always are: 0.1 to 1 % of the requests, a few of them close together."""
    n = traffic.rows
    failed = random.random(n) < random.uniform(0.001, 0.008)
    for _ in range(int(traffic.at[-1] // 43_200) if n else 0):
        place = int(random.integers(0, max(1, n - 6)))
        failed[place : place + 6] |= random.random(len(failed[place : place + 6])) < 0.5
    kinds = choose(random, traffic.at[failed], {"Timeout": 5.0, "UpstreamError": 3.0, "ValidationError": 2.0})
    traffic.put("error_type", failed, kinds.tolist())
    traffic.put("status", failed, [{"Timeout": 504, "UpstreamError": 502}.get(str(k), 500) for k in kinds])
    traffic.put("error_message", failed, [f"{k} after retry" for k in kinds])


def _sigmoid(z: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-z))


def _classify(
    random: np.random.Generator, traffic: Traffic, z: Numbers, names: tuple[str, str], labelled: float
) -> None:
    """Score, prediction and, for some rows, truth: the score is the true probability of the second name."""
    score = _sigmoid(z)
    truth = random.random(len(z)) < score
    known = random.random(len(z)) < labelled
    traffic.columns["score"] = rounded(score, 5)
    traffic.columns["prediction"] = values(names[int(s >= 0.5)] for s in score)
    traffic.columns["truth"] = values(names[int(t)] if k else None for t, k in zip(truth, known, strict=True))


def fraud(random: np.random.Generator, period: Period) -> Traffic:
    """Card payments: heavy-tailed amounts, countries by region, a growing tail of merchants."""
    clients = {"web": 0.4, "ios": 0.25, "android": 0.25, "partner-a": 0.1}
    stages = {"preprocess": 4.0, "features": 9.0, "predict": 14.0}
    t, _ = _base(
        random,
        period,
        model="fraud",
        endpoints={"/score": 0.85, "/score-batch": 0.15},
        clients=clients,
        milliseconds=stages,
        version="v7",
    )
    n, at, c = t.rows, t.at, t.columns
    dearer = np.array([{"web": 1.2, "ios": 1.0, "android": 0.8}.get(str(x), 2.0) for x in c["tags.client"]])
    walk = memory(random, at, period.days, spread=0.06, keep=0.97)
    amount = (
        random.lognormal(np.log(random.uniform(25, 60)), 1.0, n) * dearer * np.exp(0.12 * wave(at, 20) + walk)
    )
    c["features.amount"] = rounded(amount, 2)
    c["features.amount_mean_30d"] = rounded(amount**0.6 * random.lognormal(1.4, 0.4, n), 2)
    country = np.empty(n, dtype=np.object_)
    for region, weights in COUNTRIES.items():
        here = c["tags.region"] == region
        country[here] = choose(random, at[here], weights)
    c["features.country"] = country
    c["features.merchant"] = long_tail(random, at, known=900, new_a_day=250, prefix="m-")
    groups = ("grocery", "travel", "fuel", "games", "books", "clothes", "health", "other")
    c["features.merchant_group"] = choose(random, at, {g: 1.0 / (i + 1) for i, g in enumerate(groups)})
    c["features.customer"] = identifiers(random, n, "c")
    app = {"web": ("web-31", "web-30"), "ios": ("8.2.0", "8.1.4"), "android": ("8.1.4", "8.1.3")}
    older = random.random(n) < 0.25
    c["features.app_version"] = values(
        app.get(str(x), ("api-3", "api-2"))[int(old)] for x, old in zip(c["tags.client"], older, strict=True)
    )
    session = random.gamma(2, 90, n)
    c["features.session_seconds"] = rounded(session, 1)
    c["features.payments_24h"] = values(random.poisson(2.5 + 1.2 * wave(at, 21)).tolist())
    bad = 0.35 * np.log(amount / 40) + 0.2 * (c["features.merchant_group"] == "games") - session / 400
    _classify(random, t, -1.6 + 1.6 * bad + random.normal(0, 1.0, n), ("legit", "fraud"), 0.4)
    return t


def credit(random: np.random.Generator, period: Period) -> Traffic:
    """Loan applications: correlated numbers, a long tail of postcodes."""
    t, _ = _base(
        random,
        period,
        model="credit",
        endpoints={"/apply": 0.7, "/prequalify": 0.3},
        clients={"branch": 0.3, "online": 0.5, "broker": 0.2},
        milliseconds={"preprocess": 12.0, "bureau": 60.0, "predict": 25.0},
        version="2026.02",
    )
    n, at, c = t.rows, t.at, t.columns
    walk = memory(random, at, period.days, spread=0.04, keep=0.97)
    income = random.lognormal(np.log(random.uniform(2200, 3600)), 0.5, n) * np.exp(walk + 0.08 * wave(at, 10))
    c["features.income_eur"] = rounded(income, 2)
    c["features.loan_eur"] = rounded(income * random.lognormal(1.2, 0.6, n), 0)
    c["features.debt_ratio"] = rounded(random.beta(2, 5, n), 4)
    c["features.age"] = values(np.clip(random.normal(41, 12, n), 18, 90).astype(int).tolist())
    c["features.tenure_months"] = values(random.gamma(1.6, 30, n).astype(int).tolist())
    c["features.bureau_score"] = values(random.normal(645, 70, n).astype(int).tolist())
    jobs = {"permanent": 0.55, "temporary": 0.2, "self-employed": 0.14, "retired": 0.08, "student": 0.03}
    c["features.employment"] = choose(random, at, jobs, {"self-employed": 22.0, "retired": 9.0})
    purposes = ("car", "home", "furniture", "debt", "travel", "medical", "wedding", "boat", "horse")
    c["features.purpose"] = choose(random, at, {p: 1.0 / (i + 1) ** 1.6 for i, p in enumerate(purposes)})
    c["features.postcode"] = long_tail(random, at, known=700, new_a_day=60, prefix="P")
    c["features.application"] = identifiers(random, n, "A-")
    z = (t.numbers("features.bureau_score") - 640) / 50 - 3 * (t.numbers("features.debt_ratio") - 0.28)
    _classify(random, t, z + random.normal(0, 0.7, n), ("decline", "approve"), 0.3)
    return t


def spam(random: np.random.Generator, period: Period) -> Traffic:
    """Messages: a text, its language, a growing tail of sender domains, tokens and cost."""
    t, _ = _base(
        random,
        period,
        model="spam",
        endpoints={"/classify": 0.9, "/classify-bulk": 0.1},
        clients={"smtp": 0.5, "api": 0.3, "mobile": 0.2},
        milliseconds={"tokenize": 3.0, "embed": 22.0, "classify": 6.0},
        version="s12",
    )
    n, at, c = t.rows, t.at, t.columns
    language = choose(random, at, {"en": 0.86, "de": 0.08, "es": 0.06}, {"de": 11.0})
    junk = random.random(n) < 0.28 + 0.06 * wave(at, 3)
    texts = [message(random, str(lang), bool(bad)) for lang, bad in zip(language, junk, strict=True)]
    c["features.text"] = values(texts)
    c["features.language"] = language
    c["features.sender_domain"] = long_tail(random, at, known=500, new_a_day=180, prefix="mail-")
    c["features.links"] = values(random.poisson(np.where(junk, 3.0, 0.6)).tolist())
    c["features.attachment"] = values(bool(x) for x in random.random(n) < 0.12)
    length = np.array([len(text) for text in texts]) / 4 + 40
    tokens_in = random.poisson(length)
    tokens_out = random.poisson(24, n)
    c["tokens_in"], c["tokens_out"] = values(tokens_in.tolist()), values(tokens_out.tolist())
    c["cost"] = rounded(tokens_in * 2e-6 + tokens_out * 8e-6, 8)
    _classify(random, t, np.where(junk, 1.9, -2.2) + random.normal(0, 1.0, n), ("ham", "spam"), 0.25)
    return t


def demand(random: np.random.Generator, period: Period) -> Traffic:
    """Units that a shop will sell: a regression whose truth is logged, features with a daily rhythm."""
    t, _ = _base(
        random,
        period,
        model="demand",
        endpoints={"/forecast": 0.8, "/forecast-bulk": 0.2},
        clients={"planner": 0.6, "replenish": 0.3, "report": 0.1},
        milliseconds={"join": 7.0, "predict": 18.0},
        version="d3",
    )
    n, at, c = t.rows, t.at, t.columns
    warmth = 12 + 6 * wave(at, 15) + memory(random, at, period.days, spread=2.0, keep=0.98)
    c["features.temperature"] = rounded(warmth + random.normal(0, 0.8, n), 2)
    c["features.shop"] = choose(random, at, {f"shop-{i:02d}": 1.0 / (i + 3) for i in range(40)})
    c["features.article"] = long_tail(random, at, known=1500, new_a_day=90, prefix="sku-")
    c["features.promotion"] = values(bool(x) for x in random.random(n) < 0.15)
    price = random.lognormal(np.log(6), 0.7, n)
    c["features.price_eur"] = rounded(price, 2)
    c["features.stock"] = values(random.negative_binomial(2, 0.02, n).tolist())
    c["features.lead_time_s"] = rounded(random.gamma(3, 1200, n), 1)
    units = np.exp(2.6 - 0.3 * np.log(price / 6) + 0.02 * warmth) * random.lognormal(0, 0.25, n)
    c["prediction"] = rounded(units, 2)
    seen = random.random(n) < 0.5
    sold = np.maximum(0, units * random.normal(1, 0.2, n))
    c["truth"] = values(round(s, 1) if k else None for s, k in zip(sold.tolist(), seen, strict=True))
    return t


CUTS = ("tags.region", "tags.client", "tags.host", "endpoint")

KINDS: tuple[Kind, ...] = (
    Kind(
        "fraud",
        1.4,
        fraud,
        CUTS,
        ("amount", "session_seconds"),
        (("country", "Gremany"), ("app_version", "9.0.0-rc1"), ("merchant_group", "clohtes")),
        "/score-batch",
        "amount",
    ),
    Kind(
        "credit",
        0.8,
        credit,
        CUTS,
        ("income_eur", "loan_eur"),
        (("employment", "permnent"), ("purpose", "space travel")),
        "/apply-batch",
        "income_eur",
    ),
    Kind(
        "spam",
        1.0,
        spam,
        CUTS,
        (),
        (("language", "EN-us"),),
        "/classify-bulk",
        "links",
    ),
    Kind(
        "demand",
        0.9,
        demand,
        CUTS,
        ("price_eur", "lead_time_s"),
        (("shop", "shop_07"),),
        "/forecast-bulk",
        "stock",
    ),
)
