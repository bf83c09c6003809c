"""`incident-console.toml`: found, checked, and as the values that it amounts to."""

from console.config.loading import (
    FILE_NAME,
    VARIABLE,
    find_configuration,
    load_configuration,
    usual_places,
    usual_queries,
)

__all__ = [
    "FILE_NAME",
    "VARIABLE",
    "find_configuration",
    "load_configuration",
    "usual_places",
    "usual_queries",
]
