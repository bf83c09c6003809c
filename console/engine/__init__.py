"""The engine: owns threads, clock and files; wires the parts below and hands out one frozen snapshot."""

from console.engine.engine import Engine
from console.engine.settings import Settings

__all__ = ["Engine", "Settings"]
