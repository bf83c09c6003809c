"""Slices to Parquet with a manifest beside them, labels to any format; whole files or none."""

from console.export.answers import write_answer
from console.export.frames import labels_frame
from console.export.labels import LABEL_FORMATS, LabelFormat, write_labels
from console.export.manifest import Manifest, manifest_path, read_manifest
from console.export.names import safe_file_name, suggest_path
from console.export.slices import SliceWriter, export_slice
from console.export.verify import Verification, verify

__all__ = [
    "LABEL_FORMATS",
    "LabelFormat",
    "Manifest",
    "SliceWriter",
    "Verification",
    "export_slice",
    "labels_frame",
    "manifest_path",
    "read_manifest",
    "safe_file_name",
    "suggest_path",
    "verify",
    "write_answer",
    "write_labels",
]
