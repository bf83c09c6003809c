"""What a Parquet file really is: its bytes, rows and columns, read back from the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars.datatypes import DataTypeClass

from console.errors import ExportError


@dataclass(frozen=True, slots=True)
class Digest:
    """A file's bytes."""

    size: int
    """Bytes."""
    sha256: str
    """Hex."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A Parquet file's content."""

    rows: int
    schema: Mapping[str, str]
    """Column -> type, in the file's order."""


def digest_of(path: Path) -> Digest:
    """The file's length and hash, of the same bytes.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return Digest(file.tell(), digest.hexdigest())


def shape_of(path: Path) -> Shape:
    """The file's rows and columns, from its footer.

    Raises:
        ExportError: it is not a whole Parquet file.
    """
    with damages(path):
        # Names are names: no pattern, and no `key=value` folder that would become a column.
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        schema = {name: type_name(dtype) for name, dtype in frame.collect_schema().items()}
        rows = frame.select(pl.len()).collect().item()
    return Shape(int(rows), schema)


def metadata_of(path: Path) -> Mapping[str, str]:
    """The texts by key in the file's footer.

    Raises:
        ExportError: it is not a whole Parquet file.
    """
    with damages(path):
        return dict(pl.read_parquet_metadata(path))


def read_through(path: Path) -> None:
    """Every value of the file can be read.

    Raises:
        ExportError: some cannot.
    """
    with damages(path):
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        # A count of rows or nulls would come from the footer; a hash does not.
        names = frame.collect_schema().names()
        frame.select(pl.col(name).hash().sum() for name in names).collect(engine="streaming")


@contextmanager
def damages(path: Path) -> Iterator[None]:
    """What polars says of the file inside is an `ExportError` that names it."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:  # polars takes it for something else than a name
        raise ExportError(f"{path}: the name is not UTF-8; give the file another") from error
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ExportError(f"{path}: cannot be read as Parquet: {reason}") from error
    except pl.exceptions.PanicException as error:  # no Exception, and raised on damaged footers
        raise ExportError(f"{path}: cannot be read as Parquet: its footer is damaged") from error


def type_name(dtype: pl.DataType) -> str:
    """A column's type in words that do not depend on the library that reads it."""
    match dtype:
        case pl.Datetime():
            zone = f", {dtype.time_zone}" if dtype.time_zone else ""
            return f"timestamp[{dtype.time_unit}{zone}]"
        case pl.Duration():
            return f"duration[{dtype.time_unit}]"
        case pl.Decimal():
            return f"decimal[{dtype.precision}, {dtype.scale}]"
        case pl.List():
            return f"list<{_inner(dtype.inner)}>"
        case pl.Map():
            return f"map<{_inner(dtype.key)}, {_inner(dtype.value)}>"
        case pl.Struct():
            return f"struct<{', '.join(f'{field.name}: {_inner(field.dtype)}' for field in dtype.fields)}>"
        case pl.Array():
            return f"list<{_inner(dtype.inner)}>[{dtype.size}]"
        case pl.Boolean():
            return "bool"
        case _:
            return dtype.base_type().__name__.lower()


def _inner(dtype: pl.DataType | DataTypeClass) -> str:
    return type_name(dtype if isinstance(dtype, pl.DataType) else dtype())
