"""From log files to batches: which files there are, what is new in them, and what their lines mean."""

from console.ingest.again import Original, parse_again
from console.ingest.choosing import ALL_NATIVE, Choice, FormatFor, always, choose, choosing, first_objects
from console.ingest.formats import NATIVE, RECORD_FIELDS, Format, Place, Unusable
from console.ingest.intake import Intake
from console.ingest.looking import look_at_sources
from console.ingest.mask_rules import Masking
from console.ingest.masking import MaskedFormat, masked
from console.ingest.parse import parse_block
from console.ingest.sources import STANDARD_INPUT, covers, require_readable
from console.ingest.watch import Waker

__all__ = [
    "ALL_NATIVE",
    "NATIVE",
    "RECORD_FIELDS",
    "STANDARD_INPUT",
    "Choice",
    "Format",
    "FormatFor",
    "Intake",
    "MaskedFormat",
    "Masking",
    "Original",
    "Place",
    "Unusable",
    "Waker",
    "always",
    "choose",
    "choosing",
    "covers",
    "first_objects",
    "look_at_sources",
    "masked",
    "parse_again",
    "parse_block",
    "require_readable",
]
