"""`incident-console.toml`: found, checked, and as the values that it amounts to."""

from console.config.loading import FILE_NAME, VARIABLE, load_configuration

__all__ = ["FILE_NAME", "VARIABLE", "load_configuration"]
