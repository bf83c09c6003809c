"""Where the casebook lives and who writes in it, when nobody says."""

from __future__ import annotations

import getpass
import os
import platform
from pathlib import Path

import platformdirs

CASEBOOK_VARIABLE = "INCIDENT_CONSOLE_CASEBOOK"
"""Environment variable that names the casebook's file."""


def default_casebook_path() -> Path:
    """The file named by `INCIDENT_CONSOLE_CASEBOOK`, else one in the person's data folder.

    Nothing is created.
    """
    named = os.environ.get(CASEBOOK_VARIABLE, "")
    if named:
        return Path(named).expanduser()
    return Path(platformdirs.user_data_dir("incident-console", appauthor=False)) / "casebook.sqlite"


def default_author() -> str:
    """`user@host` of this process; the user's number where the user has no name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = str(os.getuid())
    author = f"{user}@{platform.node() or 'localhost'}"
    # A name in an old encoding arrives as lone surrogates, which no database keeps.
    return author.encode("utf-8", "backslashreplace").decode("utf-8")
