"""`icon`, and `python -m console`: what is imported here may be interrupted at any moment, without a word."""

from __future__ import annotations

import os

try:
    import signal
except KeyboardInterrupt:
    os._exit(130)


def main() -> None:
    """Run the command line and end the process with its exit code.

    As long as nothing but imports has happened, ctrl-c ends the process at once: an exception would be told
    by whichever import it comes in.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, _: os._exit(128 + number))
    from console.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
