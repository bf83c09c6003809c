"""Sample logs with known incidents, and their replay as a live system."""

from console.samples.generate import SampleFile, SampleReceipt, write_sample_logs
from console.samples.replay import Replay, Stop, locate_sample_logs
from console.samples.scenario import Incident
from console.samples.truth import Truth, read_truth

__all__ = [
    "Incident",
    "Replay",
    "SampleFile",
    "SampleReceipt",
    "Stop",
    "Truth",
    "locate_sample_logs",
    "read_truth",
    "write_sample_logs",
]
