"""From log files to batches: which files there are, what is new in them, and what their lines mean."""

from console.ingest.formats import NATIVE, RECORD_FIELDS, Format, Unusable
from console.ingest.intake import Intake
from console.ingest.parse import parse_block
from console.ingest.sources import require_readable
from console.ingest.watch import Waker

__all__ = [
    "NATIVE",
    "RECORD_FIELDS",
    "Format",
    "Intake",
    "Unusable",
    "Waker",
    "parse_block",
    "require_readable",
]
