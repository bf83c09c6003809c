"""The DuckDB file: a cache of the log files, and the only place that executes DuckDB's SQL."""

from console.store.database import default_database_path
from console.store.rejects import Retried
from console.store.sampling import Drawn, Sample
from console.store.store import Store
from console.store.stored import Counts

__all__ = ["Counts", "Drawn", "Retried", "Sample", "Store", "default_database_path"]
