"""Whoever reads a log reads it masked: as lines of any source, a request's line, truths, a baseline."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from console.casebook import Casebook
from console.config.masks import KEY_VARIABLE
from console.engine import Settings
from console.engine.feedback import Feedback
from console.engine.headless import Headless
from console.engine.masks import lines_mean
from console.engine.raw_line import raw_line
from console.errors import StoreError
from console.ingest import MaskedFormat
from console.model import Configuration, LabelDraft, MaskRule, Masks, MaskWith, RawLine, Request, RowId
from console.store import Store
from tests.personal import planted_in
from tests.unit.engine.logs import clock, lines, write

RECORD = {
    "ts": "2026-11-02T06:00:00Z",
    "request_id": "plantedpii-1",
    "model": "fraud",
    "prediction": "yes",
    "features": {"email": "plantedpii@example.org", "amount": 5.0},
}
LINE = json.dumps(RECORD).encode() + b"\n"
MASKED = Configuration(
    masks=Masks(
        (
            MaskRule(("request_id",), by=MaskWith.HASH),
            MaskRule(values="email", by=MaskWith.DROP),
            MaskRule(("region",), by=MaskWith.LAST4),
        )
    )
)
CUT = b'{"ts":"2026-11-02T06:00:01Z","request_id":"plantedpii-2'


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "k" * 32)


def reading(source: Path, database: str = ":memory:") -> Headless:
    parts = Headless(Settings((str(source),), database=database, configuration=MASKED), clock=clock)
    parts.collector.drain()
    return parts


def requests(parts: Headless) -> list[Request]:
    """All that is stored, whole."""
    found = parts.store.sql("select source_id, source_offset from predictions order by all", limit=10).rows
    return [parts.store.request(RowId(int(str(s)), int(str(offset)))) for s, offset in found]


def parquet(folder: Path) -> Path:
    pl.DataFrame([RECORD]).write_parquet(folder / "app.parquet")
    return folder / "app.parquet"


def packed(folder: Path) -> Path:
    (folder / "app.jsonl.gz").write_bytes(gzip.compress(LINE + CUT))
    return folder / "app.jsonl.gz"


def wide(folder: Path) -> Path:
    (folder / "app.jsonl").write_bytes(LINE.decode().encode("utf-16"))
    return folder / "app.jsonl"


def plain(folder: Path) -> Path:
    return write(folder / "app.jsonl", [LINE, CUT + b"\n"])


@pytest.mark.parametrize("source", [plain, packed, wide, parquet])
def test_a_source_of_any_kind_is_masked(tmp_path: Path, source: Callable[[Path], Path]) -> None:
    with reading(source(tmp_path)) as parts:
        [request] = requests(parts)
        assert str(request.fields["request_id"]).startswith("h:")
        assert request.features == {"email": "[email]", "amount": 5.0}
        assert not planted_in(repr(parts.store.rejects(limit=9)))


def line_of(source: Path, change: Callable[[], object] = lambda: None) -> RawLine:
    with reading(source) as parts:
        [request] = requests(parts)
        change()
        return raw_line(parts.store, lines_mean(MASKED), request.row_id)


@pytest.mark.parametrize(
    "rule",
    [
        MaskRule(("request_id", "email", "load.for"), by=MaskWith.HASH),
        MaskRule(values="plantedpii[0-9-]{0,9}"),
    ],
)
def test_a_backlog_of_lines_that_are_alike_is_masked(tmp_path: Path, rule: MaskRule) -> None:
    """So many that they would be taken as text, without being decoded."""
    alike = [
        json.dumps(
            RECORD | {"request_id": f"plantedpii-{n}", "stages": {"load": {"for": "plantedpii"}}}
        ).encode()
        for n in range(1500)
    ]
    source = write(tmp_path / "app.jsonl", [line + b"\n" for line in alike])
    settings = Settings((str(source),), ":memory:", configuration=Configuration(masks=Masks((rule,))))
    with Headless(settings, clock=clock) as parts:
        parts.collector.drain()
        rows = parts.store.sql("from predictions", limit=2000).rows
    assert len(rows) == len(alike)
    assert not planted_in(repr(rows))


def test_a_line_is_masked_and_written_anew(tmp_path: Path) -> None:
    found = line_of(plain(tmp_path))
    assert (found.is_masked, found.is_rebuilt) == (True, False)
    logged = json.loads(found.line)
    assert logged["features"] == {"email": "[email]", "amount": 5.0}
    assert logged["request_id"].startswith("h:")


def test_a_line_that_is_gone_is_rebuilt_from_what_was_masked(tmp_path: Path) -> None:
    source = plain(tmp_path)
    found = line_of(source, source.unlink)
    assert found.is_rebuilt
    assert not planted_in(found.line)


def test_a_truth_that_comes_late_finds_its_request_by_the_hash(tmp_path: Path) -> None:
    plain(tmp_path)
    (tmp_path / "truth.jsonl").write_bytes(b'{"request_id":"plantedpii-1","truth":"no"}\n')
    with reading(tmp_path) as parts:
        [request] = requests(parts)
        assert request.fields["truth"] == "no"


def test_a_baseline_from_a_file_is_masked(tmp_path: Path) -> None:
    training = write(tmp_path / "training.jsonl", list(lines(60)))
    with reading(plain(tmp_path)) as parts:
        pinned = parts._chosen(str(training))
    slices = {str(frame.to_dicts()) for one in pinned.values() for frame in one.totals.values()}
    assert any("'…'" in found for found in slices)
    assert not any("APAC" in found for found in slices)


def test_rejects_of_an_archive_stay_rejects(tmp_path: Path) -> None:
    with reading(packed(tmp_path)) as parts:
        assert parts.retry_rejects()[1] == 0
        [reject] = parts.store.rejects(limit=9)
        assert reject.is_masked and reject.length == len(CUT)


def test_a_cache_that_was_masked_is_read_without_masks_and_without_sources(tmp_path: Path) -> None:
    source, database = plain(tmp_path), str(tmp_path / "c.duckdb")
    reading(source, database).__exit__(None, None, None)
    with Headless(Settings((), database=database), clock=clock) as parts:
        [request] = requests(parts)
        assert request.features["email"] == "[email]"
    source.unlink()
    with pytest.raises(StoreError, match="filled under other masks"):
        Headless(Settings((str(tmp_path),), database=database), clock=clock, waits=True)


class Noting(Feedback):
    """What is done with a casebook, and nothing else."""

    def __init__(self, settings: Settings, casebook: Casebook) -> None:
        super().__init__(settings, clock=clock)
        self._casebook = casebook

    @property
    def _kept(self) -> Casebook:
        return self._casebook

    @property
    def _at_hand(self) -> Casebook:
        return self._casebook

    @property
    def _store(self) -> Store:
        raise AssertionError("nothing is looked up")


def test_what_people_type_is_kept_without_what_patterns_find(tmp_path: Path) -> None:
    typed = "asked plantedpii@example.org of r-1"
    with Casebook.open(tmp_path / "casebook.sqlite", author="ann", clock=clock) as book:
        desk = Noting(Settings((), configuration=MASKED), book)
        label, flag = (act([LabelDraft("r-1", "fraud", note=typed)])[0] for act in (desk.label, desk.flag))
        assert label.draft.note == flag.draft.note == "asked [email] of r-1"
        assert label.draft.request_key == "r-1"
        desk.acknowledge("a-1", typed)
        desk.snooze("a-1", timedelta(hours=1), typed)
        desk.note("a-1", typed)
        assert [act.reason for act in book.acts("a-1")] == ["asked [email] of r-1"] * 3
    assert "plantedpii" not in (tmp_path / "casebook.sqlite").read_bytes().decode("latin-1")


def test_without_masks_formats_are_as_they_were() -> None:
    assert not isinstance(lines_mean(Configuration())("app.jsonl", [RECORD]).format, MaskedFormat)
