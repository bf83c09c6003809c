"""Whether two alerts of one model have one cause: by when they began, what they are about, and where."""

from __future__ import annotations

from datetime import timedelta

from console.model import Alert

SLACK = timedelta(minutes=15)
"""By how much longer than a window ago two alerts may have begun and still have begun together."""

INPUT = (
    "versions",
    "type_flips",
    "missing_values",
    "unseen_categories",
    "out_of_range",
    "stuck_values",
    "text_quality",
)
"""Checks of what comes in, from cause to consequence."""
SERVICE = ("silence", "surge", "error_spikes", "burn_rate", "cost", "slow_requests", "slow_stages")
"""Checks of how it is served, from cause to consequence; who times out is slow, so that errors come first."""
VOLUME = ("silence", "surge")
"""What changes who is asking, and so the mix of what is asked and answered."""
SLOW = ("slow_requests", "slow_stages")
DRIFT = ("drift",)
PERFORMANCE = ("performance", "estimated_performance")
OUTPUTS = ("score", "prediction")
"""Subjects that are the model's own answers."""

_ORDER = {check: place for place, check in enumerate((*INPUT, *SERVICE, *DRIFT, "", *PERFORMANCE))}
_OUTPUT_RANK = _ORDER[""]
_FEATURE_CHECKS = frozenset({*INPUT, *DRIFT}) - {"versions"}

Kinship = tuple[int, timedelta]
"""How near, 0 for not at all; then how close to each other they began, as a negative span."""
NONE: Kinship = (0, timedelta.min)
_FOLLOWS, _SAME_SLICE, _SAME_SUBJECT = 1, 2, 3

_Mark = tuple[str, str, bool, bool]
"""Name and value of what rows share; of a number whether there is a lower and an upper limit."""


def rank(alert: Alert) -> int:
    """Place in the order from cause to consequence, 0 first; checks that are not ours come last."""
    return _OUTPUT_RANK if is_output(alert) else _ORDER.get(alert.check, len(_ORDER))


def is_output(alert: Alert) -> bool:
    """Whether it is about the model's answers and not about what it was given."""
    return alert.check in _FEATURE_CHECKS and alert.subject in OUTPUTS


def begun_together(one: Alert, other: Alert) -> bool:
    """Whether they began within the longer of the two windows that found them, and some slack.

    A window finds a trouble anywhere in it: its length is how uncertain the beginning is.
    """
    return _apart(one, other) <= max(_window(one), _window(other)) + SLACK


def kinship(cause: Alert, alert: Alert) -> Kinship:
    """How near an alert is to one that comes no later in the order from cause to consequence.

    Args:
        cause: of the same model; its `rank` is not above that of `alert`.
        alert: which may have the same cause, or be a consequence.
    """
    known = cause.check in _ORDER and alert.check in _ORDER
    again = (cause.check, cause.subject) == (alert.check, alert.subject)
    if not known or again or not _at_one_time(cause, alert):
        return NONE
    if _same_subject(cause, alert):
        return _SAME_SUBJECT, -_apart(cause, alert)
    if not begun_together(cause, alert):
        return NONE
    if _same_slice(cause, alert):
        return _SAME_SLICE, -_apart(cause, alert)
    if _follows(cause, alert) and not _elsewhere(cause, alert):
        return _FOLLOWS, -_apart(cause, alert)
    return NONE


def _apart(one: Alert, other: Alert) -> timedelta:
    return abs(one.began - other.began)


def _window(alert: Alert) -> timedelta:
    return alert.worst.window.until - alert.worst.window.start


def _at_one_time(one: Alert, other: Alert) -> bool:
    return max(one.began, other.began) <= min(one.last_seen, other.last_seen) + SLACK


def _same_subject(one: Alert, other: Alert) -> bool:
    return (
        one.subject == other.subject != "" and one.check in _FEATURE_CHECKS and other.check in _FEATURE_CHECKS
    )


def _same_slice(one: Alert, other: Alert) -> bool:
    """Whether one is troubled where the other is, or in a part of that; or both are everywhere.

    Being everywhere says that it is the same trouble only of the service: when the whole model fails and is
    slow, it times out. Two features that are troubled everywhere may be two troubles.
    """
    here, there = _where(one), _where(other)
    if one.check in SERVICE and other.check in SERVICE and not here and not there:
        return True
    for first, second in ((here, there), (_with_endpoint(one), there), (here, _with_endpoint(other))):
        if first and second and (first <= second or second <= first):
            return True
    return bool(_own(one) & there or _own(other) & here)


def _follows(cause: Alert, alert: Alert) -> bool:
    """Whether the one is a cause that the other is a usual consequence of, wherever that shows."""
    if alert.check == "burn_rate":
        return cause.check == "error_spikes"
    if alert.check in SLOW:
        return cause.check == "surge" or (cause.check, alert.check) == SLOW
    of_inputs = cause.check in (*INPUT, *DRIFT, *VOLUME)
    if is_output(alert):
        return of_inputs or is_output(cause)
    return alert.check in PERFORMANCE and (of_inputs or cause.check in PERFORMANCE)


def _elsewhere(one: Alert, other: Alert) -> bool:
    """Whether both are in slices that exclude each other, as `region=EU` and `region=US` do."""
    there = {name: value for name, value, *_ in _where(other)}
    return any(name in there and there[name] != value for name, value, *_ in _where(one))


def _where(alert: Alert) -> frozenset[_Mark]:
    """The slice that holds most of the trouble, without what only says again what the alert is about."""
    marks = frozenset((c.name, c.value, c.lower is not None, c.upper is not None) for c in alert.where)
    marks -= _endpoint(alert)
    if not marks and alert.worst.slice.dimension not in ("", alert.subject):
        marks = frozenset({(alert.worst.slice.dimension, alert.worst.slice.value, False, False)})
    return marks


def _own(alert: Alert) -> frozenset[_Mark]:
    """The value that the alert itself is about: the version, or the category that was never seen."""
    if alert.check == "versions":
        return frozenset({("model_version", alert.subject, False, False)})
    if alert.subject and alert.worst.slice.dimension == alert.subject:
        return frozenset({(alert.subject, alert.worst.slice.value, False, False)})
    return frozenset()


def _with_endpoint(alert: Alert) -> frozenset[_Mark]:
    return _where(alert) | _endpoint(alert)


def _endpoint(alert: Alert) -> frozenset[_Mark]:
    """The endpoint that slow requests are judged by."""
    if alert.check == "slow_requests" and alert.subject:
        return frozenset({("endpoint", alert.subject, False, False)})
    return frozenset()
