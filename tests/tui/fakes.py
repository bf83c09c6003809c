"""A desk made of values: what the screens are tried with, and the snapshots that they are drawn from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from console.errors import ConsoleError, UsageError
from console.model import (
    Alert,
    AlertPicture,
    AlertState,
    Answer,
    Band,
    Beside,
    Candidate,
    CommonSlice,
    Condition,
    Distribution,
    Earlier,
    Evidence,
    ExportReceipt,
    FieldInfo,
    Label,
    LabelBook,
    LabelChoices,
    LabelDraft,
    LabelQueue,
    LabelStatus,
    Listing,
    Oddity,
    ParamInfo,
    Phase,
    PictureBin,
    QueryCall,
    QueryInfo,
    QueueItem,
    QueueSource,
    RawLine,
    Reading,
    RejectRow,
    Request,
    RequestContext,
    RowId,
    Said,
    Severity,
    Slice,
    Snapshot,
    SourceState,
    SourceStatus,
    StageUsual,
    Standing,
    Table,
    Ticket,
    Timeline,
    TrafficPoint,
    Verdict,
    View,
    Window,
)
from console.model.evaluation import Evaluation, EvaluationQuestion, VersionComparison
from console.model.exporting import ExportOptions
from console.model.handover import HandoverPlan, HandoverReceipt
from console.model.label_book import label_book
from tests.tui.evaluated import comparison, evaluation

NOW = datetime(2026, 11, 2, 2, 14, 7, tzinfo=UTC)
BEGAN = NOW.replace(minute=3, second=0)

PREDICTION_COLUMNS = (
    "ts",
    "model",
    "model_version",
    "endpoint",
    "status",
    "error_type",
    "latency_ms",
    "prediction",
    "score",
    "request_key",
    "source_id",
    "source_offset",
)

HOSTILE = (
    "[bold red]red[/] [/x] [@click=app.bell]click[/]",
    "\x1b]52;c;ZXZpbA==\x07 \x1b[31mred\x1b[0m",
    "null",
    "—",
    "",
    "-",
    "\u202egnp.exe\u2066 zero\u200bwidth",
    "tab\there\nnew line\r\x00",
    "漢字漢字漢字漢字漢字漢字漢字漢字漢字",
    "e\u0301\u0301\u0301 👩‍👩‍👧 🇩🇪",
    "\x85\x9b31m C1",
    "$accent %s {0} {{x}}",
    "x" * 1_000_000,
    "\ud800 lone",
)
"""Values that try to be something other than text."""


def prediction(number: int, *, bad: bool = False, ago_s: float = 0.0) -> tuple[object, ...]:
    """A row of a table of predictions; the same number gives the same row."""
    wobble = (number * 7919) % 997 / 997
    model = ("fraud", "fraud", "churn", "ranker")[number % 4]
    legit = wobble < 0.8
    return (
        NOW - timedelta(seconds=ago_s),
        model if not bad else "fraud",
        "v3" if bad else ("v2", "v3")[number % 3 == 0],
        "/score" if model != "ranker" else "/rank",
        500 if bad else 200,
        ("FeatureMismatch", "Timeout")[number % 5 == 0] if bad else None,
        round(18 + 40 * wobble + (900 if bad and number % 5 == 0 else 0), 1),
        None
        if bad
        else ("legit" if legit else "fraud")
        if model == "fraud"
        else ("stay", "leave")[number % 2],
        None if bad else round(wobble, 3),
        f"f-{number:06d}",
        1,
        number * 412,
    )


def recent(newest: int, rows: int = 60) -> Table:
    """The newest predictions; one more number, one more row on top."""
    return Table(
        PREDICTION_COLUMNS,
        tuple(
            prediction(number, bad=number % 9 == 0, ago_s=(newest - number) * 0.21)
            for number in range(newest, newest - rows, -1)
        ),
    )


def traffic(minutes: int = 90, *, incident: bool = True) -> tuple[TrafficPoint, ...]:
    """A calm rhythm; with an incident, errors from 02:03 on. One gap in the latency."""
    first = NOW.replace(second=0) - timedelta(minutes=minutes - 1)
    points = []
    for index in range(minutes):
        start = first + timedelta(minutes=index)
        rows = round(260 + 60 * math.sin(index / 11) + 25 * math.sin(index * 1.7))
        share = 0.004 + 0.003 * math.sin(index * 2.1)
        p95: float | None = 52 + 8 * math.sin(index / 7) + 5 * math.sin(index * 2.3)
        if incident and start >= BEGAN:
            share = min(0.36, 0.12 + 0.05 * ((start - BEGAN) / timedelta(minutes=1)))
            p95 = 61 + 6 * math.sin(index)
        if index in (30, 31, 32):
            p95 = None
        if index == minutes - 1:
            rows //= 8
        points.append(
            TrafficPoint(
                start,
                rows,
                round(rows * share),
                p95,
                None if p95 is None else 0.4 * p95,
                None if p95 is None else 1.3 * p95,
                Band(190.0, 340.0),
                Band(0.001, 0.008),
                Band(41.0, 66.0),
            )
        )
    return tuple(points)


def reading(check: str, summary: str, **facts: object) -> Reading:
    """A reading with the usual facts, and these instead."""
    usual: dict[str, object] = {
        "check": check,
        "model": "fraud",
        "subject": "",
        "window": Window(NOW - timedelta(minutes=10), NOW),
        "verdict": Verdict.BREACH,
        "value": 0.351,
        "baseline": 0.004,
        "limit": 0.05,
        "unit": "share",
        "rows": 1_174,
        "baseline_rows": 102_330,
        "severity": Severity.CRITICAL,
        "summary": summary,
        "slice": Slice("region", "EU"),
        "evidence": QueryCall(check, {"model": "fraud", "start": BEGAN, "until": NOW}),
        "offenders": QueryCall("predictions_errors", {"model": "fraud", "start": BEGAN, "until": NOW}),
    }
    return Reading(**{**usual, **facts})  # type: ignore[arg-type]


def alert(
    now: Reading, *, began: datetime = BEGAN, worst: Reading | None = None, over: bool = False
) -> Alert:
    """An alert of a reading."""
    return Alert(
        alert_id=f"{now.check}:{now.model}:{now.subject}",
        check=now.check,
        model=now.model,
        subject=now.subject,
        severity=now.severity,
        state=AlertState.RESOLVED if over else AlertState.OPEN,
        began=began,
        detected=began + timedelta(minutes=2),
        last_seen=began + timedelta(minutes=9) if over else NOW,
        worst=worst or now,
        latest=now,
    )


ERRORS = alert(
    reading("error_spikes", "v3 in EU: 35 % errors against 0.4 %"),
    worst=reading("error_spikes", "v3 in EU: 38 % errors against 0.4 %", value=0.381),
)
SLOW = alert(
    reading(
        "slow_requests",
        "/rank: p95 412 ms against 88 ms, payloads over 64 kB",
        model="ranker",
        value=412.0,
        baseline=88.3,
        limit=176.6,
        unit="ms",
        rows=310,
        severity=Severity.WARNING,
    ),
    began=NOW - timedelta(hours=1, minutes=2),
)
DRIFT = alert(
    reading(
        "drift",
        "amount has moved: PSI 0.31, median 12.4 → 1,240, client=ios only",
        subject="amount",
        value=0.31,
        baseline=0.02,
        limit=0.25,
        unit="psi",
        rows=8_112,
        severity=Severity.WARNING,
    ),
    began=NOW - timedelta(minutes=38),
)
UNSEEN = alert(
    reading(
        "unseen_categories",
        "country=XK was never seen before: 41 rows since 02:11",
        subject="country",
        value=41.0,
        baseline=0.0,
        limit=10.0,
        unit="rows",
        rows=41,
        severity=Severity.INFO,
    ),
    began=NOW - timedelta(minutes=3),
)
OVER = alert(
    reading("slow_requests", "/score: p95 240 ms against 61 ms", value=61.0, limit=122.0, unit="ms"),
    began=NOW - timedelta(hours=1, minutes=20),
    over=True,
)

FOLLOWED = tuple(
    SourceStatus(
        number,
        f"/var/log/predictions/model-{number}.jsonl",
        SourceState.FOLLOWING,
        412_000_000 + 900 * number,
        412_000_000,
        401_443,
        401_440,
        1,
        2,
        NOW - timedelta(seconds=1),
        lag_bytes=900 * number,
        behind_since=NOW - timedelta(seconds=number),
    )
    for number in (1, 2, 3)
)

BASE = Snapshot(
    taken_at=NOW,
    phase=Phase.LIVE,
    sources=FOLLOWED,
    rows=1_204_331,
    rejects=0,
    rows_per_second=412.4,
    as_of=NOW,
    first_ts=NOW - timedelta(days=2),
    traffic=traffic(incident=False),
    recent=recent(1_000),
    database="/home/oncall/.cache/incident-console/predictions.duckdb",
    database_bytes=618_000_000,
    budget="2 threads, 1 GiB, nice 10",
    baseline="the same hour of the 7 days before, 102,330 rows",
    judged_at=NOW - timedelta(seconds=3),
)


def calm() -> Snapshot:
    """Everything is well, and was judged."""
    return replace(BASE, quiet_since=NOW - timedelta(hours=5, minutes=12))


def incident(newest: int = 1_000) -> Snapshot:
    """Four open alerts, one that is over, a few rejects; the newest prediction has this number."""
    return replace(
        BASE,
        rows=1_204_331 + newest - 1_000,
        rejects=3,
        traffic=traffic(),
        recent=recent(newest),
        alerts=(UNSEEN, SLOW, ERRORS, DRIFT, OVER),
    )


def waiting() -> Snapshot:
    """No source has given a line."""
    path = "/var/log/predictions/fraud.jsonl"
    problem = "no such file yet; its directory is watched"
    refused = "permission denied: run as a member of group adm, or give read access to it"
    return Snapshot(
        taken_at=NOW,
        phase=Phase.WAITING,
        sources=(
            SourceStatus(-1, path, SourceState.WAITING, 0, 0, 0, 0, 0, 0, None, problem),
            SourceStatus(
                -1, "/srv/models/*.jsonl", SourceState.WAITING, 0, 0, 0, 0, 0, 0, None, "matches no file yet"
            ),
            SourceStatus(-1, "/root/ranker.log", SourceState.FAILED, 0, 0, 0, 0, 0, 0, None, refused),
        ),
        baseline="no rows yet",
    )


def loading(left: int = 780_000_000, at: datetime = NOW) -> Snapshot:
    """A backlog is being read; nothing was judged yet."""
    reading_it = tuple(replace(source, state=SourceState.READING) for source in FOLLOWED)
    return replace(
        BASE,
        taken_at=at,
        phase=Phase.LOADING,
        sources=reading_it,
        bytes_left=left,
        bytes_total=2_000_000_000,
        bytes_per_second=30_000_000.0,
        seconds_left=left / 30_000_000.0,
        judged_at=None,
        baseline="judged once what was there has been read",
    )


def trouble(sources: int = 40) -> Snapshot:
    """Many sources of every state and kind, some in trouble, some with rejects."""
    folder = "/var/log/pods/prod_fraud-7c9f8d6b5-x2x7q_0f1c/scorer"
    several = [
        SourceStatus(
            number,
            f"{folder}/{number}.log",
            SourceState.FOLLOWING,
            81_000_000 + 1_000 * number,
            81_000_000 + 1_000 * number,
            90_210 + number,
            90_200 + number,
            4 * (number % 7 == 0),
            10 - 4 * (number % 7 == 0),
            NOW - timedelta(seconds=3 * number),
        )
        for number in range(4, sources)
    ]
    refused = "permission denied: run as a member of group adm, or give read access to it"
    archive = SourceStatus(
        2,
        "/var/log/predictions/archive/fraud-2026-11-01.jsonl.gz",
        SourceState.READING,
        48_200_000,
        120_411_906,
        150_000,
        149_996,
        3,
        1,
        NOW,
        kind="gzip",
        lag_bytes=30_100_000,
        behind_since=NOW - timedelta(seconds=74),
    )
    nowhere = SourceStatus(
        -1, "/srv/models/*.jsonl", SourceState.WAITING, 0, 0, 0, 0, 0, 0, None, "matches no file yet"
    )
    failed = replace(
        FOLLOWED[0],
        path="/root/ranker.log",
        state=SourceState.FAILED,
        problem=refused,
        behind_since=NOW - timedelta(minutes=3),
    )
    over = replace(
        FOLLOWED[2], path="/var/log/predictions/model-3.jsonl.1", state=SourceState.FINISHED, lag_bytes=0
    )
    over = replace(over, behind_since=None, size=over.next_offset, last_line_at=NOW - timedelta(hours=3))
    all_of_them = (*several, over, archive, failed, nowhere)
    return replace(incident(), sources=all_of_them, rejects=sum(one.rejects for one in all_of_them))


REASONS = (
    "not JSON: unexpected character",
    'ts is not a time: "yesterday"',
    "not a JSON object",
    "no field of a prediction record",
    "longer than 16 MiB",
)


def rejected(number: int) -> RejectRow:
    """A reject; the same number gives the same one."""
    which = (0, 0, 0, 0, 1, 1, 2, 3, 4)[number % 9]
    line = (
        b'{"ts":"2026-11-02T02:1%d:00Z","model":"fraud","latency_ms":' % (number % 10),
        b'{"ts":"yesterday","model":"fraud","features":{"amount":12.5,"country":"DE"}}',
        b"[1, 2, 3]",
        b'{"level":"info","msg":"model loaded \xff\xfe \x1b[31mred\x1b[0m"}',
        b'{"ts":"2026-11-02T02:00:00Z","features":{"blob":"' + b"x" * 65_000,
    )[which]
    length = 5_242_880 if which == 4 else len(line)
    path = f"/var/log/predictions/model-{number % 3 + 1}.jsonl"
    return RejectRow(
        number % 3 + 1,
        path,
        412_000_000 - 517 * number,
        REASONS[which],
        line,
        length,
        NOW - timedelta(seconds=7 * number),
    )


def hostile_rejects(number: int = len(HOSTILE)) -> tuple[RejectRow, ...]:
    """Rejects whose every part tries to be something other than text."""
    return tuple(
        RejectRow(
            place, value, place, value, value.encode("utf-8", "surrogatepass") + b"\xff\x9b31m", 10**12, NOW
        )
        for place, value in enumerate(HOSTILE[:number])
    )


def hostile() -> Snapshot:
    """Every value that came from a log tries to be something else."""
    rows = tuple(
        (NOW, value, value, value, 200, value, 1.5, value, 0.5, f"{number}{value[:50]}", 1, number)
        for number, value in enumerate(HOSTILE)
    )
    odd = (None, None, None, None, None, None, math.nan, None, math.inf, None, 1, 999)
    wrong = ("soon", 7, True, b"\x1b[31m", "500", ["a"], "slow", {"a": 1}, 10**400, 5, 1, 1_000)
    alerts = tuple(
        alert(reading(value[:80] or "empty", value, model=value, subject=f"{number}{value[:40]}"))
        for number, value in enumerate(HOSTILE)
    )
    source = replace(FOLLOWED[0], path=HOSTILE[0], state=SourceState.FAILED, problem=HOSTILE[1])
    return replace(
        incident(),
        sources=(source,),
        alerts=alerts,
        recent=Table(PREDICTION_COLUMNS, (*rows, odd, wrong)),
        baseline=HOSTILE[1],
        notices=(HOSTILE[0], HOSTILE[1]),
    )


TIMELINE = Timeline(
    title="requests with errors",
    unit="share",
    start=BEGAN - timedelta(hours=2, minutes=3),
    step_seconds=300,
    values=(*[0.004, 0.0, 0.008] * 8, 0.21, 0.38, None, 0.351),
    episode=Window(BEGAN, NOW),
    baseline=0.004,
    limit=0.05,
)
PICTURE = AlertPicture(
    timeline=TIMELINE,
    distribution=Distribution(
        title="amount",
        unit="",
        bins=(
            PictureBin("< 10", 0.2, 0.02, 0.41),
            PictureBin("10 to 100", 0.5, 0.1, 0.64, 10.0),
            PictureBin("100 to 1,000", 0.28, 0.18, 0.04, 100.0),
            PictureBin("≥ 1,000", 0.02, 0.7, 2.42, 1000.0),
        ),
        is_number=True,
        rows_before=12_400,
        rows_now=1_174,
    ),
)


def evidence(of: Alert) -> Evidence:
    """What stands behind an alert."""
    rows = tuple(
        prediction(number, bad=True, ago_s=(2_000 - number) * 1.3) for number in range(2_000, 1_800, -1)
    )
    return Evidence(
        alert=of,
        call=of.latest.evidence or QueryCall(of.check),
        sql=SQL,
        table=Table(
            ("model_version", "region", "rows", "errors", "error_rate", "baseline_rate", "last_error"),
            (
                ("v3", "EU", 1_174, 412, 0.3509, 0.0041, NOW - timedelta(seconds=4)),
                ("v3", "US", 1_390, 8, 0.0058, 0.0047, NOW - timedelta(minutes=2)),
                ("v2", "EU", 4_020, 17, 0.0042, 0.0039, NOW - timedelta(minutes=1)),
                ("v2", "US", 3_771, 14, 0.0037, 0.0044, NOW - timedelta(minutes=3)),
                (None, "EU", 12, 0, 0.0, None, None),
            ),
            {"error_rate": "share", "baseline_rate": "share", "last_error": "UTC"},
        ),
        offenders_call=of.latest.offenders or QueryCall("predictions_errors"),
        offenders=Table(PREDICTION_COLUMNS, rows, truncated=True),
        common=Table(
            ("slice", "offending", "others", "times"),
            (
                ("model_version=v3, region=EU", 0.998, 0.101, 9.9),
                ("client=web", 0.913, 0.604, 1.5),
                ("country=DE", 0.402, 0.318, 1.3),
            ),
            {"offending": "share", "others": "share"},
        ),
        slices=(
            CommonSlice(
                (Condition("field", "model_version", "v3"), Condition("tag", "region", "EU")),
                *(1_174, 412, 0.351, 0.004, 0.97),
            ),
            CommonSlice((Condition("tag", "client", "web"),), *(2_000, 300, 0.15, 0.1, 0.6)),
            CommonSlice((Condition("text", "country", "DE"),), *(900, 90, 0.1, 0.08, 0.5)),
        ),
        moved=Table(
            ("value", "moved", "before", "during"),
            (
                ("amount", 0.726, "mean 96.2 (10.57 · 55.67 · 310.1)", "mean 1,240 (1,009 · 1,180 · 9,300)"),
                ("country", 0.103, "US 30 % · DE 15 %", "DE 29 % · US 19 %"),
            ),
        ),
    )


SQL = """\
-- title:   Errors by version and region
-- grain:   one row per version and region, worst first
-- params:  model varchar, start timestamptz, until timestamptz
select
    model_version,
    region,
    count(*) as rows,
    count(*) filter (where is_error) as errors
from predictions
where model = $model
  and ts >= $start
  and ts < $until
  and endpoint <> '/health' -- probes
group by all
order by errors desc, model_version
limit 50
"""


def request(row_id: RowId) -> Request:
    """A request, whole."""
    return Request(
        row_id=row_id,
        key=f"f-{row_id.offset // 412:06d}",
        origin=f"/var/log/predictions/model-1.jsonl:{row_id.offset}",
        ts=NOW - timedelta(seconds=4),
        model="fraud",
        fields={
            "ts_origin": "logged",
            "request_id": f"f-{row_id.offset // 412:06d}",
            "model": "fraud",
            "model_version": "v3",
            "endpoint": "/score",
            "status": 500,
            "error_type": "FeatureMismatch",
            "error_message": "feature 'amount' is 124000.0, which is outside of what the scaler has seen "
            "(0.0 .. 9999.0); the request was answered by the fallback and the score is not to be used",
            "latency_ms": 61.4,
            "prediction": None,
            "score": None,
            "truth": None,
            "tokens_in": 812,
            "tokens_out": 64,
            "cost": 0.0012,
        },
        features={
            "amount": 124000.0,
            "country": "DE",
            "merchant": "Bäckerei Söhne & Töchter 🥐",
            "hour": 2,
            "is_new_device": True,
            "previous_chargebacks": None,
            "postcode": "01067",
            "note": "",
            "basket": [12.5, 3.0, 99.9],
        },
        tags={"region": "EU", "client": "ios", "host": "ml-1"},
        stages={
            "preprocess": {"ms": 3.1, "version": "p7"},
            "features": {"ms": 34.0, "version": "f12"},
            "predict": {"ms": 17.2},
            "postprocess": {"ms": 0.4},
        },
        extra={"trace_id": "7f3a9c", "shadow": {"model": "v4", "score": 0.12}},
        input_hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )


CONTEXT = RequestContext(
    {
        "amount": Standing("p100", rank=1.0, odd=Oddity.OUT_OF_RANGE),
        "country": Standing("12 % of rows", share=0.12),
        "merchant": Standing("", odd=Oddity.UNSEEN),
        "hour": Standing("p8", rank=0.08),
        "postcode": Standing("0.02 % of rows", share=0.0002, odd=Oddity.RARE),
        "device_age": Standing("present in 99.8 %", odd=Oddity.NULL),
    },
    {"preprocess": StageUsual(2.0, 4.0), "features": StageUsual(9.0, 12.0)},
    "the 24 h before, 12,331 rows of fraud",
)
RAW_LINE = RawLine(
    b'{"request_id":"f-002000","note":"\x1b[31m[red]\xff"}', "/var/log/predictions/model-1.jsonl:824000"
)


def hostile_request(row_id: RowId) -> Request:
    """A request whose every value tries to be something else."""
    values: dict[str, object] = {f"k{number} {value[:30]}": value for number, value in enumerate(HOSTILE)}
    return replace(
        request(row_id),
        key=HOSTILE[1],
        model=HOSTILE[0],
        origin=HOSTILE[6],
        fields={**values, "error_type": HOSTILE[0], "latency_ms": math.nan, "status": "odd"},
        features={**values, "": 10**400, "nan": math.nan, "deep": {"a": [{"b": HOSTILE[1]}]}},
        tags={key: str(value) for key, value in values.items()},
        stages={
            HOSTILE[0]: {"ms": 3, "version": HOSTILE[1]},
            HOSTILE[1]: "soon",
            "nan": math.nan,
            "minus": -4,
        },
        extra=values,
    )


QUERIES = (
    QueryInfo(
        "spend_by_country",
        "Spend by country",
        "Where does the money go?",
        "one row per country",
        (
            ParamInfo("model", "varchar", None, "which model"),
            ParamInfo("row_limit", "integer", "500", "most rows"),
        ),
        {"country": "", "cost": "EUR"},
        SQL,
        "/home/ada/queries/spend_by_country.sql",
        True,
    ),
    QueryInfo(
        "error_spikes",
        "Errors by version and region",
        "Who fails, and where?",
        "one row per version and region",
        (
            ParamInfo("model", "varchar", "null", "only this model"),
            ParamInfo("start", "timestamptz", "newest - 1h", "from when on"),
            ParamInfo("row_limit", "integer", "200", "most rows to give"),
        ),
        {"rows": "", "error_rate": "share"},
        SQL,
        "queries/error_spikes.sql",
    ),
)


FIELDS_KNOWN = (
    FieldInfo("model", "field", is_number=False),
    FieldInfo("model_version", "field", is_number=False),
    FieldInfo("status", "field", is_number=True),
    FieldInfo("latency_ms", "field", is_number=True),
    FieldInfo("region", "tag", is_number=False),
    FieldInfo("amount", "feature", is_number=True),
    FieldInfo("country", "feature", is_number=False),
    FieldInfo("merchant name", "feature", is_number=False),
)


@dataclass
class FakeDesk:
    """A desk that answers from values, and writes down what it was asked."""

    snapshot: Snapshot | None = None
    """Handed out at the start."""
    failing: dict[str, ConsoleError] = field(default_factory=dict)
    """What each method raises, by its name."""
    known_classes: tuple[str, ...] = ("legit", "fraud", "unsure")
    make_request: Callable[[RowId], Request] = request
    make_evidence: Callable[[Alert], Evidence] = evidence
    make_picture: Callable[[Alert], AlertPicture] = lambda _: PICTURE
    tickets: list[Ticket] = field(default_factory=list)
    """Of the questions for evidence."""
    compared: list[Ticket] = field(default_factory=list)
    """Of the questions how a request stands among others."""
    standing_of: RequestContext = CONTEXT
    line: RawLine = RAW_LINE
    acts: list[Said] = field(default_factory=list)
    """What was said of the alert, as everybody sees it."""
    earlier_ones: tuple[Earlier, ...] = ()
    drafts: list[tuple[LabelDraft, ...]] = field(default_factory=list)
    """The acts of labelling that count, oldest first."""
    flags: list[tuple[LabelDraft, ...]] = field(default_factory=list)
    """The flags that were not taken back."""
    queue: LabelQueue = field(default_factory=lambda: label_queue())
    queued: list[QueueSource] = field(default_factory=list)
    """What queues were asked for."""
    exports: list[tuple[QueryCall, str, Alert | None]] = field(default_factory=list)
    export_options: list[ExportOptions] = field(default_factory=list)
    rejected: list[RejectRow] = field(default_factory=lambda: [rejected(number) for number in range(15)])
    """The rejects that there are, newest first."""
    mended: int = 12
    """How many of them become rows when they are read again."""
    said: list[tuple[str, str, timedelta | None, str]] = field(default_factory=list)
    """What was said of alerts: what, of which, for how long, and why."""
    looked: list[View] = field(default_factory=list)
    known_fields: tuple[FieldInfo, ...] = FIELDS_KNOWN
    known_values: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"model": ("fraud", "churn", "ranker"), "model_version": ("v3", "v2")}
    )
    stored: int = 1_203
    """Requests that there are, and that meet any view."""
    counted: list[View] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """What the next questions are answered with, instead of the usual."""
    ran: list[QueryCall | str] = field(default_factory=list)
    """The canned queries and SELECTs that were run."""
    saved: list[tuple[QueryCall | str, str]] = field(default_factory=list)
    """The answers that were written to files, and where to."""
    evaluated: list[EvaluationQuestion] = field(default_factory=list)
    """What evaluations were asked for."""
    handed_over: list[tuple[HandoverPlan, str]] = field(default_factory=list)
    """What was handed over, and where to."""
    asked: list[str] = field(default_factory=list)
    doing: list[str] = field(default_factory=list)
    """What others were told that the person looks at."""
    closed: bool = False
    send: Callable[[Snapshot], None] | None = None

    def _ask(self, name: str) -> None:
        self.asked.append(name)
        if name in self.failing:
            raise self.failing[name]

    def start(self, on_snapshot: Callable[[Snapshot], None]) -> None:
        self._ask("start")
        self.send = on_snapshot
        if self.snapshot is not None:
            on_snapshot(self.snapshot)

    def look(self, view: View) -> None:
        self.looked.append(view)
        if self.snapshot is not None:
            self.snapshot = replace(self.snapshot, view=view)

    def tell_doing(self, words: str) -> None:
        self.doing.append(words)

    def close(self) -> None:
        self.closed = True

    def evidence(self, alert: Alert, ticket: Ticket) -> Evidence:
        self._ask("evidence")
        self.tickets.append(ticket)
        return self.make_evidence(alert)

    def alert_picture(self, alert: Alert, ticket: Ticket) -> AlertPicture:
        self._ask("alert_picture")
        return self.make_picture(alert)

    def comparable(self, alert: Alert, ticket: Ticket) -> Listing:
        self._ask("comparable")
        rows = tuple(prediction(number, ago_s=(900 - number) * 1.3) for number in range(900, 860, -1))
        return Listing(
            QueryCall("predictions_comparable", {"model": alert.model}), Table(PREDICTION_COLUMNS, rows)
        )

    def note(self, alert_id: str, text: str) -> None:
        self._ask("note")
        self.acts.append(Said("note", "ada@oncall-1", NOW, text))

    def said_of(self, alert_id: str) -> Sequence[Said]:
        self._ask("said_of")
        return tuple(self.acts)

    def earlier(self, alert: Alert) -> Sequence[Earlier]:
        self._ask("earlier")
        return self.earlier_ones

    def request(self, row_id: RowId) -> Request:
        self._ask("request")
        return self.make_request(row_id)

    def context(self, row_id: RowId, ticket: Ticket) -> RequestContext:
        self._ask("context")
        self.compared.append(ticket)
        return self.standing_of

    def neighbours(self, row_id: RowId, beside: Beside, ticket: Ticket) -> Listing:
        self._ask(f"neighbours {beside.value}")
        number = row_id.offset // 412
        rows = tuple(prediction(number + by, ago_s=9.0 - by) for by in (1, -1, 2, -2))
        call = QueryCall("predictions_beside", {"beside": beside.value})
        return Listing(call, Table(PREDICTION_COLUMNS, () if beside is Beside.INPUT else rows))

    def raw_line(self, row_id: RowId) -> RawLine:
        self._ask("raw_line")
        return self.line

    def labels(self, keys: Sequence[str]) -> Mapping[str, Label]:
        self._ask("labels")
        counting = {draft.request_key: kept(draft) for act in self.drafts for draft in act}
        return {key: counting[key] for key in keys if key in counting}

    def label(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        self._ask("label")
        self.drafts.append(tuple(drafts))
        return tuple(kept(draft) for draft in drafts)

    def undo_label(self) -> tuple[Label, ...]:
        self._ask("undo_label")
        if not self.drafts:
            return ()
        return tuple(replace(kept(draft), status=LabelStatus.DISCARDED) for draft in self.drafts.pop())

    def flag(self, drafts: Sequence[LabelDraft]) -> tuple[Label, ...]:
        self._ask("flag")
        self.flags.append(tuple(drafts))
        return tuple(replace(kept(draft), act=f"flag-{len(self.flags)}") for draft in drafts)

    def undo_act(self, act: str) -> tuple[Label, ...]:
        self._ask("undo_act")
        acts = self.flags if act.startswith("flag-") else self.drafts
        return tuple(replace(kept(draft), status=LabelStatus.DISCARDED) for draft in acts.pop())

    def label_queue(self, source: QueueSource, ticket: Ticket) -> LabelQueue:
        self._ask("label_queue")
        self.queued.append(source)
        return self.queue

    def acknowledge(self, alert_id: str, reason: str) -> None:
        self._ask("acknowledge")
        self.said.append(("ack", alert_id, None, reason))

    def snooze(self, alert_id: str, span: timedelta, reason: str) -> None:
        self._ask("snooze")
        self.said.append(("snooze", alert_id, span, reason))

    def unsnooze(self, alert_id: str) -> None:
        self._ask("unsnooze")
        self.said.append(("unsnooze", alert_id, None, ""))

    def classes(self, model: str) -> tuple[str, ...]:
        self._ask("classes")
        return self.known_classes

    def recent_call(self) -> QueryCall:
        self._ask("recent_call")
        asked = self.asked.count("recent_call")
        return QueryCall("predictions_recent", {"until": NOW, "row_limit": 200, "asked": asked})

    def fields(self) -> Sequence[FieldInfo]:
        self._ask("fields")
        return self.known_fields

    def values(self, field: str, beginning: str, ticket: Ticket) -> Sequence[str]:
        self._ask("values")
        return [value for value in self.known_values.get(field, ()) if value.startswith(beginning)]

    def matching(self, view: View, ticket: Ticket) -> int:
        self._ask("matching")
        self.counted.append(view)
        for term in view.filter.terms:
            if term.field and term.field not in {info.name for info in self.known_fields}:
                raise UsageError(f"no field, tag or feature is called {term.field!r}")
        return self.stored

    def requests_call(self, view: View) -> QueryCall:
        self._ask("requests_call")
        window = {"start": NOW - timedelta(hours=24), "until": NOW}
        return QueryCall("predictions_in_time", {**window, "row_limit": 10**9}, view.filter)

    def requests(self, call: QueryCall, offset: int, limit: int, ticket: Ticket) -> Table:
        self._ask("requests")
        numbers = range(self.stored - offset, max(0, self.stored - offset - limit), -1)
        rows = tuple(prediction(number, ago_s=(self.stored - number) * 0.5) for number in numbers)
        return Table(PREDICTION_COLUMNS, rows, truncated=offset + limit < self.stored)

    def suggest_export_path(self, name: str) -> str:
        self._ask("suggest_export_path")
        return f"/home/oncall/{name.replace(' ', '-')}.parquet"

    def export(
        self,
        call: QueryCall,
        path: str,
        alert: Alert | None,
        options: ExportOptions,
        ticket: Ticket,
        on_rows: Callable[[int, int | None], None],
    ) -> ExportReceipt:
        self._ask("export")
        on_rows(1_174, 1_174)
        self.exports.append((call, path, alert))
        self.export_options.append(options)
        return ExportReceipt(path, f"{path}.manifest.json", 1_174, 182_000, "ab" * 32)

    def queries(self) -> Sequence[QueryInfo]:
        self._ask("queries")
        return QUERIES

    def query_problems(self, call: QueryCall) -> Mapping[str, str]:
        self._ask("query_problems")
        return {name: "is no number" for name, value in call.params.items() if value == "wrong"}

    def run_query(self, call: QueryCall, ticket: Ticket) -> Answer:
        self._ask("run_query")
        self.ran.append(call)
        return self.answers.pop(0) if self.answers else Answer(recent(2_000, 5), SQL, 0.041, 5)

    def run_sql(self, text: str, limit: int, ticket: Ticket) -> Answer:
        self._ask("run_sql")
        self.ran.append(text)
        return self.answers.pop(0) if self.answers else Answer(recent(2_000, 5), text, 0.041, limit)

    def relations(self) -> Mapping[str, Sequence[str]]:
        self._ask("relations")
        return {"predictions": ("ts", "model", "latency_ms"), "rejects": ("reason", "line")}

    def save_answer(self, asked: QueryCall | str, path: str, ticket: Ticket) -> ExportReceipt:
        self._ask("save_answer")
        self.saved.append((asked, path))
        return ExportReceipt(path, "", 41_174, 182_000, "ab" * 32)

    def suggest_handover_path(self) -> str:
        self._ask("suggest_handover_path")
        return "/home/oncall/handover.md"

    def hand_over(
        self, plan: HandoverPlan, path: str, ticket: Ticket, progress: Callable[[str], None]
    ) -> HandoverReceipt:
        self._ask("hand_over")
        progress("alert 1 of 2: error_spikes of fraud")
        self.handed_over.append((plan, path))
        return HandoverReceipt(path, 41_000, 2, 10_577 if path.endswith(".tar.zst") else 0)

    def label_book(self, find: str) -> LabelBook:
        self._ask("label_book")
        standing = {draft.request_key: kept(draft) for act in self.drafts for draft in act}
        return label_book(standing.values(), (), find)

    def labelled_row(self, label: Label) -> RowId | None:
        self._ask("labelled_row")
        return RowId(1, 412) if label.draft.request_key.startswith("f-") else None

    def evaluation(self, asked: EvaluationQuestion, ticket: Ticket) -> Evaluation:
        self._ask("evaluation")
        self.evaluated.append(asked)
        return evaluation(asked)

    def version_comparison(
        self, asked: EvaluationQuestion, versions: tuple[str, str] | None, ticket: Ticket
    ) -> VersionComparison:
        self._ask("version_comparison")
        return comparison(asked, versions)

    def evaluated_call(self, evaluation: Evaluation, where: Slice) -> QueryCall:
        self._ask("evaluated_call")
        place = {"dimension": where.dimension, "slice_value": where.value}
        return QueryCall("evaluation_rows", {"model": evaluation.model, **place}, evaluation.filter)

    def rejects(self, source_id: int | None, offset: int, limit: int) -> Sequence[RejectRow]:
        self._ask("rejects")
        wanted = [one for one in self.rejected if source_id in (None, one.source_id)]
        return wanted[offset : offset + limit]

    def reject_reasons(self, source_id: int | None) -> Sequence[tuple[str, int]]:
        self._ask("reject_reasons")
        wanted = [one.reason for one in self.rejected if source_id in (None, one.source_id)]
        return [(reason, wanted.count(reason)) for reason in dict.fromkeys(wanted)]

    def retry_rejects(self) -> tuple[int, int]:
        self._ask("retry_rejects")
        tried, rows = len(self.rejected), min(self.mended, len(self.rejected))
        del self.rejected[:rows]
        return tried, rows


def candidate(number: int, **facts: object) -> Candidate:
    """A request that can be labelled; the same number gives the same one."""
    usual: dict[str, object] = {
        "row_id": RowId(1, number * 412),
        "key": f"f-{number:06d}",
        "origin": f"/var/log/predictions/model-1.jsonl:{number * 412}",
        "ts": NOW - timedelta(seconds=number),
        "model": "fraud",
        "model_version": "v3",
        "prediction": ("legit", "fraud")[number % 2],
        "score": 0.5 + 0.01 * number,
        "input_hash": f"hash-{number}",
    }
    return Candidate(**{**usual, **facts})  # type: ignore[arg-type]


def label_queue(number: int = 6, **facts: object) -> LabelQueue:
    """Requests to be labelled; the second one has two copies."""
    items = tuple(
        QueueItem(
            candidate(one),
            (candidate(101), candidate(102)) if one == 2 else (),
            why=f"{0.01 * one:.2g} from the threshold 0.5",
        )
        for one in range(1, number + 1)
    )
    queue = LabelQueue(
        items, len(items) + 2, len(items) + 2, choices={"fraud": LabelChoices(("fraud", "legit"))}
    )
    return replace(queue, **facts)  # type: ignore[arg-type]


def kept(draft: LabelDraft) -> Label:
    """A label as the casebook gives it back."""
    return Label(
        label_id=f"label-{draft.request_key}",
        draft=draft,
        status=LabelStatus.SUBMITTED,
        source="human",
        author="ada@oncall-1",
        at=NOW,
        previous_value=None,
        overrides=None,
        act="act-1",
    )
