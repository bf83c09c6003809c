"""The incident console: from a model's prediction logs to the offending inputs."""

__version__ = "0.1.0"
