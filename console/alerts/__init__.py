"""Alerts: a pure fold of readings, in the order of their windows."""

from console.alerts.fold import adopt_ids, fold, most_urgent_first

__all__ = ["adopt_ids", "fold", "most_urgent_first"]
