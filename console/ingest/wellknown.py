"""Names by which services log what the record calls `ts`, `request_id`, `latency_ms` and so on.

Names are compared without case and without anything but letters and digits: `requestId`, `request_id`
and `Request-ID` are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from console.ingest.formats import Path

_OTHER_SIGNS = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 80

FIELD_NAMES: Mapping[str, tuple[str, ...]] = {
    "ts": (
        *("ts", "timestamp", "time", "asctime", "datetime", "eventtime", "timestampms", "timestampus"),
        *("timestampns", "timeunixnano", "loggingtime", "loggedat", "requesttime", "inferencetime"),
        *("createdat", "created", "starttime", "starttimeunixnano", "date"),
    ),
    "request_id": (
        *("requestid", "inferenceid", "predictionid", "id", "eventid", "correlationid", "xrequestid"),
        *("clientrequestid", "databricksrequestid", "transactionid", "traceid", "uuid"),
    ),
    "model": ("model", "modelname", "modelid", "inferenceservicename", "servedentityid", "deployedmodelid"),
    "model_version": ("modelversion",),
    "endpoint": ("endpoint", "route", "httproute", "path", "requestpath"),
    "status": ("status", "statuscode", "httpstatus", "httpstatuscode", "responsecode"),
    "error_type": (
        *("errortype", "errorclass", "exceptiontype", "errorname", "errorcode", "error", "exception"),
        *("err", "excinfo"),
    ),
    "error_message": ("errormessage", "errormsg", "errordescription", "exceptionmessage"),
    "prediction": (
        *("prediction", "pred", "predictions", "predictedlabel", "predictedclass", "predictedvalue"),
        *("output", "outputs", "result", "decision", "label"),
    ),
    "score": (
        *("score", "probability", "confidence", "proba", "prob", "predictionscore"),
        "predictedprobability",
    ),
    "truth": ("truth", "groundtruth", "target", "actual", "ytrue", "truelabel", "actuallabel"),
    "tokens_in": ("tokensin", "prompttokens", "inputtokens", "genaiusageinputtokens"),
    "tokens_out": ("tokensout", "completiontokens", "outputtokens", "genaiusageoutputtokens"),
    "cost": ("cost", "costusd", "totalcost"),
    "stages": ("stages",),
}
"""Field -> names, the surest first."""

_DURATIONS = (
    *("latency", "duration", "elapsed", "responsetime", "executiontime", "executionduration"),
    *("processingtime", "requestduration", "requestlatency", "inferencelatency", "inferencetime"),
    *("predictiontime", "elapsedtime", "totaltime", "took"),
)
_UNITS: Mapping[str, float] = {
    **dict.fromkeys(("ms", "msec", "millis", "milliseconds"), 1.0),
    **dict.fromkeys(("s", "sec", "secs", "seconds"), 1000.0),
    **dict.fromkeys(("us", "micros", "microseconds"), 0.001),
    **dict.fromkeys(("ns", "nanos", "nanoseconds"), 0.000001),
}
"""Last part of a duration's name -> what makes it milliseconds."""

_NESTED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "ts": (("request", "time"), ("event", "time")),
    "request_id": (("request", "id"), ("inference", "id"), ("prediction", "id"), ("event", "id")),
    "model": (("model", "name"), ("model", "id")),
    "model_version": (("model", "version"),),
    "endpoint": (("request", "path"), ("http", "route"), ("http", "path")),
    "status": (("response", "status"), ("http", "status"), ("response", "code")),
    "error_type": (
        *(("error", "type"), ("error", "class"), ("error", "name"), ("error", "code")),
        *(("exception", "type"), ("exception", "class")),
    ),
    "error_message": (("error", "message"), ("error", "msg"), ("exception", "message")),
    "prediction": (
        *(("prediction", "value"), ("prediction", "label"), ("prediction", "class")),
        *(("response", "output"), ("response", "result"), ("output", "label"), ("output", "value")),
    ),
}
"""Names that mean something only in an object that says of what they are."""

_VAGUE = frozenset(
    {
        *("id", "uuid", "time", "date", "created", "status", "path", "error", "err", "output", "outputs"),
        *("result", "decision", "label", "target", "actual", "took", "exception", "stages", "cost"),
    }
)
"""Names that in an inner object may be those of anything."""

FEATURE_OBJECTS = (
    *("features", "featurevalues", "modelinputs", "modelinput", "inputs", "input", "inputdata"),
    "instance",
)
"""Objects that hold features, the surest first."""
WEAK_FEATURE_OBJECTS = ("data", "payload")
"""The same, if what is in them does not look like a record of its own."""
TAG_OBJECTS = ("tags", "labels", "dimensions")
ERROR_OBJECTS = ("error", "exception")

TAG_NAMES = frozenset(
    {
        *("host", "hostname", "server", "node", "nodename", "pod", "podname", "container", "containername"),
        *("namespace", "cluster", "region", "zone", "az", "availabilityzone", "datacenter", "dc", "env"),
        *("environment", "stage", "service", "servicename", "app", "application", "deployment", "client"),
        *("tenant", "variant", "experiment", "worker"),
    }
)
"""Keys that say where a request was served or for whom: what one cuts by."""

_PLUMBING = frozenset(
    {
        *("level", "levelname", "levelno", "severity", "logger", "loggername", "name", "msg", "message"),
        *("event", "pid", "process", "processname", "thread", "threadname", "taskname", "filename", "file"),
        *("module", "funcname", "function", "func", "lineno", "line", "pathname", "caller", "stacktrace"),
        *("stackinfo", "stack", "traceback", "relativecreated", "msecs", "args", "version", "schema"),
        *("eventversion", "specversion", "datacontenttype", "stream", "log", "traceflags", "method", "url"),
        *("uri", "referer", "useragent", "ip", "clientip", "remoteaddr", "endtime", "endtimeunixnano"),
    }
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A field that a name may stand for."""

    field: str
    rank: int
    """The surest name of a field has the lowest."""
    scale: float | None
    """What makes the number the field's unit; None if the name does not say."""


def normal(name: str) -> str:
    """The name in the form in which names are compared."""
    return "" if len(name) > _LONGEST_NAME else _OTHER_SIGNS.sub("", name.casefold())


def _by_name() -> dict[str, list[Candidate]]:
    found: dict[str, list[Candidate]] = {}
    for field, names in FIELD_NAMES.items():
        for rank, name in enumerate(names):
            found.setdefault(name, []).append(Candidate(field, rank, 1.0))
    for rank, name in enumerate(_DURATIONS):
        found.setdefault(name, []).append(Candidate("latency_ms", rank + 100, None))
        for unit, scale in _UNITS.items():
            found.setdefault(name + unit, []).append(Candidate("latency_ms", rank, scale))
    return found


def _by_pair() -> dict[tuple[str, str], Candidate]:
    return {
        pair: Candidate(field, rank, 1.0)
        for field, pairs in _NESTED.items()
        for rank, pair in enumerate(pairs)
    }


_BY_NAME = _by_name()
_BY_PAIR = _by_pair()


@lru_cache(maxsize=4096)
def candidates(path: Path) -> tuple[Candidate, ...]:
    """The fields that a value at this path may be, going by its name."""
    return tuple(_candidates(path))


def _candidates(path: Path) -> Iterator[Candidate]:
    name = normal(path[-1])
    if len(path) > 1:
        pair = _BY_PAIR.get((normal(path[-2]), name))
        if pair is not None:
            yield pair
            return
        if name in _VAGUE:
            return
    for candidate in _BY_NAME.get(name, ()):
        # `durations` is a plural, `duration_s` and `durationS` are not.
        is_unit = not path[-1][-2:].isalpha() or path[-1].endswith("S")
        if name.removesuffix("s") not in _DURATIONS or not name.endswith("s") or is_unit:
            yield candidate


def is_plumbing(name: str) -> bool:
    """Whether a key is about the log or names one request, and so is no input of a model."""
    return normal(name) in _PLUMBING or name.endswith(("_id", "-id", "Id", "ID", "_uuid", "_hash"))
