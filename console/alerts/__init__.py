"""Alerts: a pure fold of readings in the order of their windows, and a pure grouping by cause."""

from console.alerts.fold import Known, adopt_ids, fold, most_urgent_first
from console.alerts.group import group

__all__ = ["Known", "adopt_ids", "fold", "group", "most_urgent_first"]
