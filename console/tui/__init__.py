"""The screens. Importing this does not import Textual; running the console does."""

from console.tui.desk import Desk
from console.tui.run import run_console

__all__ = ["Desk", "run_console"]
