"""Slices to Parquet with a manifest beside them, labels to any format; whole files or none."""

from console.export.account import Asked
from console.export.answers import write_answer
from console.export.frames import labels_frame
from console.export.labels import LABEL_FORMATS, LabelFormat, write_labels
from console.export.manifest import Manifest, manifest_path, read_manifest
from console.export.names import safe_file_name, suggest_path
from console.export.slice_rows import SliceRows
from console.export.slices import export_slice, set_path
from console.export.splits import split_of
from console.export.verify import Verification, verify

__all__ = [
    "LABEL_FORMATS",
    "Asked",
    "LabelFormat",
    "Manifest",
    "SliceRows",
    "Verification",
    "export_slice",
    "labels_frame",
    "manifest_path",
    "read_manifest",
    "safe_file_name",
    "set_path",
    "split_of",
    "suggest_path",
    "verify",
    "write_answer",
    "write_labels",
]
