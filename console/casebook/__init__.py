"""What people made, kept so that no power cut loses it: labels, and the alerts that were seen."""

from console.casebook.alerts import AlertRecord
from console.casebook.casebook import Casebook
from console.casebook.places import default_author, default_casebook_path

__all__ = ["AlertRecord", "Casebook", "default_author", "default_casebook_path"]
