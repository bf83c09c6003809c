"""What people made, kept so that no power cut loses it: labels, what was said of alerts, pinned baselines."""

from console.casebook.acts import ActKind, AlertAct
from console.casebook.alerts import AlertRecord
from console.casebook.baselines import BaselineKind, PinnedBaseline
from console.casebook.casebook import Casebook
from console.casebook.places import default_author, default_casebook_path
from console.casebook.seats import Seating, SeatRow, Versions, seats_on_record

__all__ = [
    "ActKind",
    "AlertAct",
    "AlertRecord",
    "BaselineKind",
    "Casebook",
    "PinnedBaseline",
    "SeatRow",
    "Seating",
    "Versions",
    "default_author",
    "default_casebook_path",
    "seats_on_record",
]
