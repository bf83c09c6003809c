"""A slice and its manifest: whole, true, or not there."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from platform import python_version
from typing import Protocol

import duckdb
import polars as pl
import pytest

import console
from console.errors import ExportError, Interrupted, StoreError
from console.export import Asked, SliceRows, export_slice, manifest_path, read_manifest, verify
from console.export import slices as slices_module
from console.export import whole as whole_module
from console.export.parquet import write_frames
from console.model import (
    Alert,
    AlertState,
    ExportReceipt,
    FileIdentity,
    QueryCall,
    Reading,
    Severity,
    SourceMark,
    SourceState,
    SourceStatus,
    Verdict,
    Window,
)
from console.model.exporting import WHOLE, ExportOptions, Split

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
CALL = QueryCall("predictions_of_errors", {"model": "fraud", "start": NOON, "row_limit": 100})
SQL = 'select *\nfrom predictions\nwhere model = $model -- "quoted" \u202e'


class Rows(Protocol):
    frame: pl.DataFrame
    opened: int
    during: Callable[[], None]
    claimed: int | None
    counted: Mapping[str, Mapping[str, int]]

    def open(self) -> AbstractContextManager[SliceRows]: ...


def export(
    slice: Rows,
    path: Path,
    *,
    question: QueryCall | str = CALL,
    alert: Alert | None = None,
    options: ExportOptions = WHOLE,
    overwrite: bool = False,
) -> ExportReceipt:
    sources: list[SourceStatus | SourceMark] = [
        SourceStatus(1, "/logs/fraud.jsonl", SourceState.FOLLOWING, 900, 800, 10, 7, 2, 1, None),
        SourceMark(2, "/logs/old.jsonl", FileIdentity(1, 2, "ab", 3), 50, 4, 3, 1, 0),
    ]
    asked = Asked(
        file=path.name,
        question=question,
        sql=SQL,
        author="ann@one",
        at=NOON,
        options=options,
        window=Window(NOON, NOON + timedelta(hours=1)),
        as_of=NOON + timedelta(hours=1),
        sources=sources,
        alert=alert,
        masks=({"fields": ["email"], "with": "hash"},),
        labelled_requests=2,
    )
    return export_slice(slice.open, path, asked, overwrite=overwrite)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def saying(text: str, path: Path) -> Callable[[], None]:
    def say() -> None:
        path.write_text(text)

    return say


def an_alert() -> Alert:
    reading = Reading(
        check="error_spikes",
        model="fraud",
        subject="v3",
        window=Window(NOON, NOON + timedelta(minutes=5)),
        verdict=Verdict.BREACH,
        value=0.35,
        baseline=0.004,
        limit=0.02,
        unit="share",
        rows=900,
        baseline_rows=9000,
        severity=Severity.CRITICAL,
        summary="v3 in EU: 35 % errors against 0.4 %",
    )
    return Alert(
        "a-1",
        "error_spikes",
        "fraud",
        "v3",
        Severity.CRITICAL,
        AlertState.OPEN,
        NOON,
        NOON,
        NOON,
        reading,
        reading,
    )


def test_a_slice_lies_under_its_name_with_labels_and_manifest(slice: Rows, tmp_path: Path) -> None:
    path = tmp_path / "made" / "too" / "slice.parquet"
    receipt = export(slice, path, alert=an_alert())
    assert names(path.parent) == ["slice.parquet", "slice.parquet.manifest.json"]
    whole = path.read_bytes()
    assert receipt == ExportReceipt(
        str(path), str(manifest_path(path)), 100, len(whole), sha256(whole).hexdigest()
    )
    assert pl.read_parquet(path).equals(slice.frame)
    beside = json.loads(manifest_path(path).read_text(encoding="ascii"))
    assert beside == {
        "format": "incident-console slice manifest",
        "format_version": 1,
        "file": "slice.parquet",
        "written_at": "2026-11-02T12:00:00.000000Z",
        "author": "ann@one",
        "host": os.uname().nodename,
        "console_version": console.__version__,
        "versions": {"duckdb": duckdb.__version__, "polars": pl.__version__, "python": python_version()},
        "query": {
            "name": "predictions_of_errors",
            "params": {"model": "fraud", "start": "2026-11-02T12:00:00.000000Z", "row_limit": 100},
            "filter": "",
            "sql": SQL,
        },
        "window": {"start": "2026-11-02T12:00:00.000000Z", "until": "2026-11-02T13:00:00.000000Z"},
        "as_of": "2026-11-02T13:00:00.000000Z",
        "sources": [
            {"path": "/logs/fraud.jsonl", "next_offset": 800, "rows": 7, "rejects": 2},
            {"path": "/logs/old.jsonl", "next_offset": 50, "rows": 3, "rejects": 1},
        ],
        "alert": {
            "id": "a-1",
            "check": "error_spikes",
            "model": "fraud",
            "subject": "v3",
            "severity": "critical",
            "state": "open",
            "summary": "v3 in EU: 35 % errors against 0.4 %",
            "began": "2026-11-02T12:00:00.000000Z",
            "last_seen": "2026-11-02T12:00:00.000000Z",
        },
        "comparable": None,
        "baseline": {"kind": "automatic"},
        "masks": [{"fields": ["email"], "with": "hash"}],
        "masked_rows": {},
        "options": {
            "with_labels": True,
            "only_labelled": False,
            "with_conflicts": False,
            "one_row_an_input": False,
            "balance_by": None,
            "balance_most": None,
            "with_comparable": False,
            "split": None,
            "split_files": False,
        },
        "labelled_requests": 2,
        "counts": {
            "listed": 101,
            "labels": {"fraud": 2},
            "sets": {"train": {"rows": 100, "labels": {}}},
        },
        "columns": [
            {"name": "ts", "role": "field"},
            {"name": "request_key", "role": "field"},
            {"name": "amount", "role": "feature"},
            {"name": "country", "role": "feature"},
        ],
        "features": ["amount", "country"],
        "features_without_values": [],
        "label": None,
        "split": None,
        "rows": 100,
        "bytes": len(whole),
        "sha256": sha256(whole).hexdigest(),
        "schema": {
            "ts": "timestamp[us, UTC]",
            "request_key": "string",
            "amount": "float64",
            "country": "string",
        },
    }
    carried = json.loads(pl.read_parquet_metadata(path)["incident_console.manifest"])
    only_beside = ("bytes", "sha256", "masked_rows")
    assert carried == {name: value for name, value in beside.items() if name not in only_beside}
    assert verify(path).ok


def test_parameters_that_json_lacks_are_written_as_text(slice: Rows, tmp_path: Path) -> None:
    params = {
        "nan": float("nan"),
        "big": 2**80,
        "none": None,
        "span": timedelta(minutes=5),
        "bytes": b"\xff",
        "list": (1, Decimal("1.10")),
        "day": NOON.date(),
        "map": {1: "\udc80"},
    }
    path = tmp_path / "slice.parquet"
    export(slice, path, question=QueryCall("any", params))
    manifest = read_manifest(path)
    assert manifest is not None
    query = manifest.document["query"]
    assert query == {
        "name": "any",
        "filter": "",
        "sql": SQL,
        "params": {
            "nan": "nan",
            "big": 2**80,
            "none": None,
            "span": "300.0 s",
            "bytes": "ff",
            "list": [1, "1.10"],
            "day": "2026-11-02",
            "map": {"1": "\udc80"},
        },
    }


def test_a_file_that_is_there_is_not_overwritten_unless_told(slice: Rows, tmp_path: Path) -> None:
    path = tmp_path / "slice.parquet"
    path.write_text("mine")
    with pytest.raises(ExportError, match=rf"^{path}: exists already; choose another name"):
        export(slice, path)
    assert (path.read_text(), names(tmp_path), slice.opened) == ("mine", ["slice.parquet"], 0)
    export(slice, path, overwrite=True)
    export(slice, path, overwrite=True)
    assert verify(path).ok
    assert names(tmp_path) == ["slice.parquet", "slice.parquet.manifest.json"]


def test_a_manifest_whose_slice_was_moved_away_is_not_overwritten(slice: Rows, tmp_path: Path) -> None:
    path = tmp_path / "slice.parquet"
    manifest_path(path).write_text("of another")
    with pytest.raises(ExportError, match=r"manifest\.json: exists already"):
        export(slice, path)
    assert names(tmp_path) == ["slice.parquet.manifest.json"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_overwritten(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    path = tmp_path / "slice.parquet"
    slice.during = saying("theirs", path)
    if not links:
        monkeypatch.setattr(os, "link", refuse(errno.ENOTSUP))
    with pytest.raises(ExportError, match="exists already"):
        export(slice, path)
    assert (path.read_text(), names(tmp_path)) == ("theirs", ["slice.parquet"])


def test_a_manifest_that_appears_meanwhile_is_not_overwritten(slice: Rows, tmp_path: Path) -> None:
    path = tmp_path / "slice.parquet"
    slice.during = saying("theirs", manifest_path(path))
    with pytest.raises(ExportError, match="exists already"):
        export(slice, path)
    assert names(tmp_path) == ["slice.parquet.manifest.json"]


def test_where_there_are_no_links_a_slice_is_written_all_the_same(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    export(slice, tmp_path / "slice.parquet")
    assert verify(tmp_path / "slice.parquet").ok
    assert names(tmp_path) == ["slice.parquet", "slice.parquet.manifest.json"]


def refuse(code: int) -> Callable[..., None]:
    def refused(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    return refused


FAILURES = [
    (StoreError("store: refused"), StoreError, "store: refused"),
    (Interrupted("ended"), Interrupted, "ended"),
    (KeyboardInterrupt("ctrl-c"), KeyboardInterrupt, "ctrl-c"),
    (ValueError("a bug"), ValueError, "a bug"),
    (OSError(errno.ENOSPC, "No space left on device"), ExportError, "No space left on device; free some"),
    (OSError(errno.EROFS, "Read-only file system"), ExportError, "choose a folder that you may write to"),
]


@pytest.mark.parametrize(("failure", "seen", "text"), FAILURES, ids=lambda x: getattr(x, "__name__", ""))
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failure_in_the_middle_leaves_everything_as_it_was(
    slice: Rows,
    tmp_path: Path,
    failure: BaseException,
    seen: type[BaseException],
    text: str,
    overwrite: bool,
) -> None:
    path = tmp_path / "slice.parquet"
    if overwrite:
        export(slice, path)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}

    def fail() -> None:
        assert len(list(tmp_path.glob(f".slice.parquet.partial-{os.getpid()}-*"))) == 1
        raise failure

    slice.during = fail
    with pytest.raises(seen, match=text):
        export(slice, path, overwrite=overwrite)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


def test_what_the_disk_says_while_parquet_is_written_is_said_as_of_any_file() -> None:
    frame = pl.DataFrame({"a": [1]})
    with pytest.raises(OSError, match="No space left on device") as refused:
        write_frames(
            iter([frame]),
            frame.schema,
            Path("/dev/full"),
            metadata={},
            group_rows=9,
            on_rows=lambda rows: None,
        )
    assert refused.value.errno == errno.ENOSPC


def test_a_disk_that_fills_up_while_it_is_forced_out_leaves_nothing(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", refuse(errno.ENOSPC))
    with pytest.raises(ExportError, match=r"slice\.parquet: not written: No space left on device; free some"):
        export(slice, tmp_path / "slice.parquet")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("step", "overwrite"), [*((n, False) for n in range(1, 6)), *((n, True) for n in range(1, 7))]
)
def test_whichever_step_to_the_final_names_fails_no_manifest_lies(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, overwrite: bool
) -> None:
    """Each call that changes a name, or forces one out, fails in turn."""
    path = tmp_path / "slice.parquet"
    if overwrite:
        export(slice, path)
    slice.frame = slice.frame.head(10)
    calls = []

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **more: object) -> object:
            calls.append(real)
            if len(calls) == step:
                raise OSError(errno.EIO, "Input/output error")
            return real(*args, **more)

        return call

    monkeypatch.setattr(os, "link", counted(os.link))
    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    with pytest.raises(ExportError, match="not written: Input/output error"):
        export(slice, path, overwrite=overwrite)
    monkeypatch.undo()
    assert not [name for name in names(tmp_path) if "partial" in name]
    if not overwrite:
        assert names(tmp_path) == []
    elif manifest_path(path).exists():
        assert verify(path).ok
        assert verify(path).rows == 100


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_manifest_never_lies_beside_other_bytes_and_all_is_forced_out_first(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    """Looked at before each step, as a kill there would leave it."""
    path = tmp_path / "slice.parquet"
    if overwrite:
        export(slice, path)
    slice.frame = slice.frame.head(10)
    forced: list[int] = []
    placed: list[str] = []
    fsync, link, replace_file = os.fsync, os.link, Path.replace

    def look(written: Path, final: Path) -> None:
        assert written.stat().st_ino in forced
        placed.append(final.name)
        if path.exists() and manifest_path(path).exists():
            assert verify(path).ok

    def looking_fsync(descriptor: int) -> None:
        forced.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    def looking_link(written: Path, final: Path) -> None:
        look(written, final)
        link(written, final)

    def looking_replace(written: Path, final: Path) -> Path:
        look(written, final)
        return replace_file(written, final)

    monkeypatch.setattr(os, "fsync", looking_fsync)
    monkeypatch.setattr(os, "link", looking_link)
    monkeypatch.setattr(Path, "replace", looking_replace)
    export(slice, path, overwrite=overwrite)
    assert placed == ["slice.parquet", "slice.parquet.manifest.json"]
    assert forced[-1] == tmp_path.stat().st_ino, "the names too"


def test_rows_that_were_counted_wrongly_are_not_kept(slice: Rows, tmp_path: Path) -> None:
    slice.claimed = 101
    with pytest.raises(ExportError, match="101 rows were to be written, 100 were; not kept"):
        export(slice, tmp_path / "slice.parquet")
    assert names(tmp_path) == []


def test_a_file_that_is_no_parquet_is_not_kept(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(frames: object, schema: object, path: Path, **_: object) -> int:
        return path.write_bytes(b"PAR1") + 96

    monkeypatch.setattr(slices_module, "write_frames", spoil)
    with pytest.raises(ExportError, match="cannot be read as Parquet"):
        export(slice, tmp_path / "slice.parquet")
    assert names(tmp_path) == []


def test_what_is_told_while_it_is_written_is_how_many_rows_there_are(slice: Rows, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    asked = Asked("slice.parquet", CALL, SQL, "ann@one", NOON)
    export_slice(slice.open, tmp_path / "slice.parquet", asked, on_rows=lambda *rows: told.append(rows))
    assert told == [(60, 100), (100, 100)]


def test_each_set_is_a_file_of_its_own_with_a_manifest(slice: Rows, tmp_path: Path) -> None:
    sets = ["train"] * 70 + ["validation"] * 30
    slice.frame = slice.frame.with_columns(split=pl.Series(sets))
    slice.counted = {"train": {"": 60, "fraud": 10}, "validation": {"": 30}}
    options = ExportOptions(split=Split(), split_files=True)
    receipt = export(slice, tmp_path / "slice.parquet", options=options)
    files = ["slice.parquet", "slice.train.parquet", "slice.validation.parquet"]
    assert names(tmp_path) == sorted([*files, *(f"{name}.manifest.json" for name in files)])
    assert (receipt.path, receipt.rows) == (str(tmp_path / "slice.parquet"), 100)
    parts = [pl.read_parquet(tmp_path / name) for name in files[1:]]
    assert pl.concat(parts).equals(slice.frame)
    for name, rows in zip(files, (100, 70, 30), strict=True):
        assert (verify(tmp_path / name).problems, verify(tmp_path / name).rows) == ((), rows)


def test_where_one_of_the_sets_has_a_file_already_nothing_is_written(slice: Rows, tmp_path: Path) -> None:
    (tmp_path / "slice.validation.parquet").write_text("mine")
    options = ExportOptions(split=Split(), split_files=True)
    with pytest.raises(ExportError, match=r"slice\.validation\.parquet: exists already"):
        export(slice, tmp_path / "slice.parquet", options=options)
    assert (names(tmp_path), slice.opened) == (["slice.validation.parquet"], 0)


def test_two_exports_to_one_name_at_once_do_not_share_a_temporary_file(slice: Rows, tmp_path: Path) -> None:
    path = tmp_path / "slice.parquet"

    def another() -> None:
        slice.during = lambda: None
        export(slice, path)

    slice.during = another
    with pytest.raises(ExportError, match="exists already"):
        export(slice, path)
    assert verify(path).ok
    assert names(tmp_path) == ["slice.parquet", "slice.parquet.manifest.json"]


@pytest.mark.parametrize(
    "name",
    ["a[1]*?.parquet", "x" * 230, "é" * 100, "-rf.parquet", "new\nline\x1b[31m", "k=v", "s3:", ".hidden"],
)
def test_names_are_names_and_never_patterns(slice: Rows, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model=fraud" / "[x]"
    export(slice, folder / name)
    assert names(folder) == sorted([name, f"{name}.manifest.json"])
    verification = verify(folder / name)
    assert (verification.problems, verification.rows) == ((), 100)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x" * 250, "the name is too long; 241 bytes at most"),
        ("nul\0", "a name cannot hold a NUL"),
        (".", "is a folder; name a file in it"),
        ("file/slice.parquet", "not written: "),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_anything_runs(
    slice: Rows, tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match=text):
        export(slice, tmp_path / name)
    assert (names(tmp_path), slice.opened) == (["file"], 0)


def test_the_home_of_a_person_is_understood(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    receipt = export(slice, Path("~/slice.parquet"))
    assert receipt.path == str(tmp_path / "slice.parquet")
    with pytest.raises(ExportError, match="not written: Could not determine home"):
        export(slice, Path("~nobody-of-that-name/slice.parquet"))


def test_a_slice_of_no_rows_is_a_slice(slice: Rows, tmp_path: Path) -> None:
    slice.frame = slice.frame.clear()
    assert export(slice, tmp_path / "slice.parquet").rows == 0
    assert verify(tmp_path / "slice.parquet").ok


def test_a_killed_process_of_the_same_number_left_a_file_and_it_does_not_matter(
    slice: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole_module, "_numbers", iter([1, 1]))
    (tmp_path / f".slice.parquet.partial-{os.getpid()}-1").write_text("cut")
    export(slice, tmp_path / "slice.parquet")
    assert names(tmp_path) == ["slice.parquet", "slice.parquet.manifest.json"]


def test_an_alert_with_a_hostile_summary_cannot_reach_the_terminal(slice: Rows, tmp_path: Path) -> None:
    alert = an_alert()
    hostile = "\x1b]52;c;aGk=\x07 \x9b31m \u202e {x} \udc80"
    path = tmp_path / "slice.parquet"
    export(slice, path, alert=replace(alert, worst=replace(alert.worst, summary=hostile)))
    written = manifest_path(path).read_bytes()
    assert all(byte == 10 or 32 <= byte < 127 for byte in written)
    assert json.loads(written)["alert"]["summary"] == hostile
