"""The command line: arguments in, exit codes out."""

from console.cli.main import icon, main

__all__ = ["icon", "main"]
