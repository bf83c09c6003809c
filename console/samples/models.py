"""The three models whose requests the sample logs hold: each turns a moment into one line.

Lines are put together as text, which is several times faster than encoding a dict; every text in
them is a constant of these modules, so nothing needs escaping.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from random import Random
from typing import ClassVar, Protocol

from console.samples.scenario import Scenario

BASE_ERROR_RATE = 0.004
"""Share of requests that fail while nothing is wrong."""
SPIKE_ERROR_RATE = 0.6
NEW_PLAN_RATE = 0.08
FAR_TRIPS_CLIMB = 0.8
MISSING_TENURE_RATE = 0.4
EXPLICIT_NULLS = 0.05
"""Share of requests that name their empty fields instead of leaving them out."""
SLOW_PAYLOAD_KB = 64.0
FRAUD_FROM = 0.2
"""Score from which a payment is called fraud: missing one costs more than asking back."""

COUNTRIES = {
    "EU": {"DE": 0.31, "FR": 0.24, "ES": 0.15, "IT": 0.13, "NL": 0.09, "PL": 0.08},
    "US": {"US": 0.78, "CA": 0.14, "MX": 0.08},
    "APAC": {"JP": 0.37, "IN": 0.35, "AU": 0.28},
}
CURRENCIES = {
    "EU": {"EUR": 0.92, "PLN": 0.08},
    "US": {"USD": 0.79, "CAD": 0.14, "MXN": 0.07},
    "APAC": {"JPY": 0.38, "INR": 0.34, "AUD": 0.28},
}
DEVICES = {
    "web": {"windows": 0.58, "mac": 0.31, "linux": 0.11},
    "mobile-sdk": {"ios": 0.47, "android": 0.53},
    "partner-api": {"server": 1.0},
}


class SampleModel(Protocol):
    """Makes the lines of one model's log, in the order of time."""

    def line(self, at_ms: int, ts: str) -> str:
        """One request as JSON, without a newline: `at_ms` into the period, logged at `ts`."""
        ...


class Choice:
    """Draws one of some texts by their shares, which are kept to a thousandth."""

    def __init__(self, shares: Mapping[str, float]) -> None:
        names = list(shares)
        table = [name for name in names for _ in range(round(shares[name] * 1000))]
        self._table = tuple((table + [names[0]] * 1000)[:1000])

    def __call__(self, random: float) -> str:
        """The text for a number in [0, 1)."""
        return self._table[int(random * 1000)]


REGION = Choice({"EU": 0.5, "US": 0.32, "APAC": 0.18})
CLIENT = Choice({"web": 0.4, "mobile-sdk": 0.35, "partner-api": 0.25})
HOST = Choice({"ml-1": 0.25, "ml-2": 0.25, "ml-3": 0.25, "ml-4": 0.25})
COUNTRY = {region: Choice(shares) for region, shares in COUNTRIES.items()}
CURRENCY = {region: Choice(shares) for region, shares in CURRENCIES.items()}
DEVICE = {client: Choice(shares) for client, shares in DEVICES.items()}

UPSTREAM_TIMEOUT = (
    '"status":503,"error_type":"UpstreamTimeout","error_message":"feature store: no answer in 40 ms",'
)
FAILURES = (
    UPSTREAM_TIMEOUT,
    '"status":500,"error_type":"ModelError","error_message":"prediction is not finite",',
    '"status":422,"error_type":"InvalidInput","error_message":"a required field is missing",',
)
"""What a failed request logs when nothing in particular is wrong, each equally often."""


def probability(logit: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + exp(-logit))


def failed(random: float, cause: str) -> str:
    """The fields of a failed request; the prediction is now null, now absent."""
    return f'{cause}"prediction":null,"score":null,' if random < 0.3 else cause


def succeeded(random: float) -> str:
    """The fields of a request that went well; the error is mostly absent, now and then null."""
    return (
        '"status":200,"error_type":null,"error_message":null,' if random < EXPLICIT_NULLS else '"status":200,'
    )


class Fraud:
    """A classifier of card payments, v2 and v3 side by side; some payments' truth becomes known."""

    VERSION = Choice({"v2": 0.55, "v3": 0.45})
    ENDPOINT = Choice({"/score": 0.86, "/score/batch": 0.14})
    MEDIAN_MS: ClassVar[Mapping[str, float]] = {"/score": 18.0, "/score/batch": 42.0}

    def __init__(self, rng: Random, scenario: Scenario) -> None:
        self._rng = rng
        self._scenario = scenario
        self._count = 0

    def line(self, at_ms: int, ts: str) -> str:
        rng, scenario = self._rng, self._scenario
        random, gauss = rng.random, rng.gauss
        self._count += 1
        version, endpoint = self.VERSION(random()), self.ENDPOINT(random())
        region, client, host = REGION(random()), CLIENT(random()), HOST(random())
        latency = self.MEDIAN_MS[endpoint] * exp(0.35 * gauss(0.0, 1.0))

        amount = exp(3.4 + 1.1 * gauss(0.0, 1.0))
        card_days = int(700.0 * exp(0.8 * gauss(0.0, 1.0)))
        risk = -4.6 + 0.12 * log(amount) + (1.1 if card_days < 120 else 0.0) + 1.3 * gauss(0.0, 1.0)
        in_cents = client == "mobile-sdk" and scenario.cents.holds(at_ms)
        # The model sees the wrong amount; whether it is fraud depends on the right one.
        score = probability(risk + 0.12 * log(100.0)) if in_cents else probability(risk)
        paid = str(round(amount * 100.0)) if in_cents else f"{amount:.2f}"
        age = "null" if random() < 0.03 else str(card_days)
        device = "" if random() < 0.02 else f'"device":"{DEVICE[client](random())}",'

        spike = version == "v3" and region == "EU" and scenario.error_spike.holds(at_ms)
        draw, detail = random(), random()
        truth = ""
        if spike and draw < SPIKE_ERROR_RATE:
            latency = 40.0 + 2.0 * random()
            outcome = failed(detail, UPSTREAM_TIMEOUT)
        elif draw < BASE_ERROR_RATE:
            outcome = failed(detail, FAILURES[int(random() * len(FAILURES))])
        else:
            answer = "fraud" if score >= FRAUD_FROM else "legit"
            outcome = f'{succeeded(detail)}"prediction":"{answer}","score":{score:.4f},'
            if random() < 0.12:
                truth = ',"truth":"fraud"' if random() < probability(risk) else ',"truth":"legit"'
        return (
            f'{{"ts":"{ts}","request_id":"f-{self._count:06d}","model":"fraud",'
            f'"model_version":"{version}","endpoint":"{endpoint}",{outcome}"latency_ms":{latency:.1f},'
            f'"features":{{"amount":{paid},"country":"{COUNTRY[region](random())}",{device}"card_days":{age}}},'
            f'"tags":{{"region":"{region}","client":"{client}","host":"{host}"}}{truth}}}'
        )


class Churn:
    """A classifier of subscribers; some requests have a language model write down the reasons."""

    VERSION = Choice({"2026.10": 0.6, "2026.11": 0.4})
    PLAN = Choice({"basic": 0.45, "plus": 0.28, "family": 0.17, "student": 0.1})
    FEES: ClassVar[Mapping[str, float]] = {
        "basic": 7.99,
        "plus": 13.99,
        "family": 19.99,
        "student": 4.99,
        # The fee of `family`, so that the new plan alone is what changes.
        "family_plus": 19.99,
    }
    ENDPOINT = Choice({"/churn": 0.75, "/churn/explain": 0.25})

    def __init__(self, rng: Random, scenario: Scenario) -> None:
        self._rng = rng
        self._scenario = scenario
        self._count = 0

    def line(self, at_ms: int, ts: str) -> str:
        rng, scenario = self._rng, self._scenario
        random, gauss = rng.random, rng.gauss
        self._count += 1
        version, endpoint = self.VERSION(random()), self.ENDPOINT(random())
        region, client, host = REGION(random()), CLIENT(random()), HOST(random())

        plan = self.PLAN(random())
        if scenario.new_plan.holds(at_ms) and random() < NEW_PLAN_RATE:
            plan = "family_plus"
        tenure = int(420.0 * exp(0.9 * gauss(0.0, 1.0)))
        calls = int(exp(0.9 * gauss(0.0, 1.0)))
        years = "null" if random() < 0.04 else str(min(94, 18 + int(26.0 * exp(0.45 * gauss(0.0, 1.0)))))
        fee = self.FEES[plan]
        score = probability(-1.1 - 0.35 * log(1.0 + tenure / 180.0) + 0.28 * calls + 0.7 * gauss(0.0, 1.0))
        missing = MISSING_TENURE_RATE * scenario.missing_tenure_climb.progress(at_ms)
        days = "null" if random() < missing else str(tenure)

        tokens = ""
        if endpoint == "/churn/explain":
            tokens_in, tokens_out = int(700.0 + 90.0 * gauss(0.0, 1.0)), int(60.0 + 9.0 * gauss(0.0, 1.0))
            latency = (120.0 + 5.0 * tokens_out) * exp(0.2 * gauss(0.0, 1.0))
            cost = tokens_in * 0.5e-6 + tokens_out * 1.5e-6
            tokens = f',"tokens_in":{tokens_in},"tokens_out":{tokens_out},"cost":{cost:.6f}'
        else:
            latency = 26.0 * exp(0.35 * gauss(0.0, 1.0))

        detail = random()
        if random() < BASE_ERROR_RATE:
            outcome, tokens = failed(detail, FAILURES[int(random() * len(FAILURES))]), ""
        else:
            answer = "leave" if score >= 0.5 else "stay"
            outcome = f'{succeeded(detail)}"prediction":"{answer}","score":{score:.4f},'
        return (
            f'{{"ts":"{ts}","request_id":"c-{self._count:06d}","model":"churn",'
            f'"model_version":"{version}","endpoint":"{endpoint}",{outcome}"latency_ms":{latency:.1f},'
            f'"features":{{"tenure_days":{days},"plan":"{plan}","monthly_fee":{fee},'
            f'"currency":"{CURRENCY[region](random())}","support_calls":{calls},"age":{years}}},'
            f'"tags":{{"region":"{region}","client":"{client}","host":"{host}"}}{tokens}}}'
        )


class Eta:
    """A regressor of minutes until a delivery arrives; r42 logs its stages."""

    VERSION = Choice({"r41": 0.55, "r42": 0.45})
    ENDPOINT = Choice({"/eta": 0.65, "/eta/batch": 0.35})
    WEATHER = Choice({"clear": 0.52, "rain": 0.27, "wind": 0.14, "snow": 0.07})
    DELAY: ClassVar[Mapping[str, float]] = {"clear": 1.0, "rain": 1.12, "wind": 1.04, "snow": 1.35}
    VEHICLE = Choice({"van": 0.48, "bike": 0.37, "truck": 0.15})
    MINUTES_PER_KM: ClassVar[Mapping[str, float]] = {"van": 2.1, "bike": 3.2, "truck": 2.4}

    def __init__(self, rng: Random, scenario: Scenario) -> None:
        self._rng = rng
        self._scenario = scenario
        self._count = 0

    def line(self, at_ms: int, ts: str) -> str:
        rng, scenario = self._rng, self._scenario
        random, gauss = rng.random, rng.gauss
        self._count += 1
        version, endpoint = self.VERSION(random()), self.ENDPOINT(random())
        region, client, host = REGION(random()), CLIENT(random()), HOST(random())
        batch = endpoint == "/eta/batch"
        payload = round((46.0 if batch else 6.0) * exp(0.6 * gauss(0.0, 1.0)), 1)
        prepare = (14.0 if batch else 3.0) * exp(0.3 * gauss(0.0, 1.0))
        predict = (44.0 if batch else 9.0) * exp(0.3 * gauss(0.0, 1.0))
        if batch and payload > SLOW_PAYLOAD_KB and scenario.slow_endpoint.holds(at_ms):
            predict = (prepare + predict) * (6.0 + 4.0 * random()) - prepare

        distance = 6.0 * exp(0.6 * gauss(0.0, 1.0))
        if scenario.far_trips.holds(at_ms):
            distance *= 1.0 + FAR_TRIPS_CLIMB * scenario.far_trips.progress(at_ms)
        weather, vehicle = self.WEATHER(random()), self.VEHICLE(random())
        stops = 1 + int(2.0 * random() * random() * 3.0)
        minutes = (4.0 + self.MINUTES_PER_KM[vehicle] * distance + 2.5 * stops) * self.DELAY[weather]
        minutes *= exp(0.08 * gauss(0.0, 1.0))
        sky = "null" if random() < 0.02 else f'"{weather}"'

        stages = ""
        if version == "r42":
            stages = (
                f',"stages":{{"prepare":{{"ms":{prepare:.1f},"version":"p7"}},'
                f'"predict":{{"ms":{predict:.1f}}}}}'
            )
        detail = random()
        if random() < BASE_ERROR_RATE:
            outcome = failed(detail, FAILURES[int(random() * len(FAILURES))])
        else:
            outcome = f'{succeeded(detail)}"prediction":{minutes:.1f},'
        return (
            f'{{"ts":"{ts}","request_id":"e-{self._count:06d}","model":"eta",'
            f'"model_version":"{version}","endpoint":"{endpoint}",{outcome}'
            f'"latency_ms":{prepare + predict:.1f},'
            f'"features":{{"distance_km":{distance:.2f},"stops":{stops},"payload_kb":{payload},'
            f'"weather":{sky},"vehicle":"{vehicle}"}},'
            f'"tags":{{"region":"{region}","client":"{client}","host":"{host}"}}{stages}}}'
        )
