"""Bundles: whole or not there, the same bytes for the same files, and nothing of a hostile one is opened."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.errors import BundleError, ExportError, Interrupted
from console.export import unpack
from console.export.bundle import BundledFile, BundleManifest, write_bundle
from console.export.unpack import is_bundle, unpack_bundle
from console.model import Ticket
from console.model.codec import to_bytes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MADE = datetime(2026, 11, 2, 12, tzinfo=UTC)
MANIFEST = BundleManifest(MADE, "ann@one", "one", {"incident-console": "0.1"}, 10_000, ("a1",))
FILES = {
    "handover.md": b"# Handover\n",
    "alerts/01.json": b"{}",
    "slices/001-offending.parquet": b"P" * 3_000,
}
ROOT = "icon-handover/"

Member = tuple[str | tarfile.TarInfo, bytes]


def written(folder: Path, files: Mapping[str, bytes] = FILES, name: str = "a.tar.zst") -> Path:
    content = folder / f"{name}.files"
    for file, data in files.items():
        (content / file).parent.mkdir(parents=True, exist_ok=True)
        (content / file).write_bytes(data)
    return write_bundle(content, list(files), folder / name, MANIFEST)[0]


def told_of(files: Mapping[str, bytes]) -> bytes:
    """A manifest that tells these files."""
    listed = tuple(
        BundledFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items()
    )
    return to_bytes(replace(MANIFEST, files=listed))


def packed(path: Path, members: Sequence[Member], *, format: int = tarfile.USTAR_FORMAT) -> Path:
    """A tar of these members, whatever they are, packed with zstd."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as tar:
        for name, data in members:
            entry = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if entry.isreg():
                entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    path.write_bytes(zstd.compress(stream.getvalue()))
    return path


def linked(name: str, kind: bytes, to: str = "/etc/passwd") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, to
    return entry


def unpacked(path: Path, folder: Path) -> BundleManifest:
    folder.mkdir()
    return unpack_bundle(path, folder)


def test_what_is_packed_is_unpacked_the_same(tmp_path: Path) -> None:
    path = written(tmp_path)
    manifest = unpacked(path, tmp_path / "out")
    assert replace(manifest, files=()) == MANIFEST
    assert [file.name for file in manifest.files] == list(FILES)
    assert {name: (tmp_path / "out" / name).read_bytes() for name in FILES} == FILES


def test_any_tar_program_unpacks_it(tmp_path: Path) -> None:
    data = zstd.decompress(written(tmp_path).read_bytes())
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames() == [ROOT + name for name in ("manifest.json", *FILES)]
        assert all((entry.mode, entry.uid, entry.mtime) == (0o644, 0, MADE.timestamp()) for entry in tar)


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    assert written(tmp_path).read_bytes() == written(tmp_path, name="b.tar.zst").read_bytes()


def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ExportError, match="exists already"):
        write_bundle(tmp_path / "a.tar.zst.files", list(FILES), path, MANIFEST)
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        write_bundle(
            tmp_path / "a.tar.zst.files", list(FILES), tmp_path / "c.tar.zst", MANIFEST, ticket=ticket
        )
    assert path.read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.tar.zst", "a.tar.zst.files"]


def test_a_bundle_is_known_by_its_content_and_a_log_is_none(tmp_path: Path) -> None:
    bundle = written(tmp_path)
    renamed = bundle.rename(tmp_path / "incident.log")
    assert is_bundle(renamed)
    log = tmp_path / "app.jsonl.zst"
    log.write_bytes(zstd.compress(b'{"model": "fraud"}\n' * 100))
    other = packed(tmp_path / "other.tar.zst", [("README", b"hello")])
    empty = tmp_path / "empty"
    empty.touch()
    cut = tmp_path / "cut.zst"
    cut.write_bytes(renamed.read_bytes()[:20])
    assert not any(map(is_bundle, (log, other, empty, cut, tmp_path, tmp_path / "none")))


MEMBERS: Mapping[str, tuple[list[Member], str]] = {
    "a path that leads out": (
        [(ROOT + "manifest.json", told_of({"../evil.md": b"x"})), (ROOT + "../evil.md", b"x")],
        "cannot be the name",
    ),
    "an absolute path": (
        [(ROOT + "manifest.json", told_of({"/tmp/evil.md": b"x"})), ("/tmp/evil.md", b"x")],
        "cannot be the name",
    ),
    "a path that leads out and is not told": (
        [(ROOT + "manifest.json", told_of({})), (ROOT + "../evil.md", b"x")],
        "not in its manifest",
    ),
    "a file outside of the root": (
        [(ROOT + "manifest.json", told_of({"a.md": b"x"})), ("a.md", b"x")],
        "which no bundle does",
    ),
    "a symbolic link": (
        [
            (ROOT + "manifest.json", told_of({"a.md": b""})),
            (linked(ROOT + "a.md", tarfile.SYMTYPE), b""),
        ],
        "which no bundle does",
    ),
    "a hard link": (
        [(ROOT + "manifest.json", told_of({"a.md": b""})), (linked(ROOT + "a.md", tarfile.LNKTYPE), b"")],
        "which no bundle does",
    ),
    "a device": (
        [(ROOT + "manifest.json", told_of({"a.md": b""})), (linked(ROOT + "a.md", tarfile.CHRTYPE), b"")],
        "which no bundle does",
    ),
    "a folder": (
        [(ROOT + "manifest.json", told_of({"a.md": b""})), (linked(ROOT + "a.md", tarfile.DIRTYPE), b"")],
        "which no bundle does",
    ),
    "a file twice": (
        [
            (ROOT + "manifest.json", told_of({"a.md": b"x"})),
            (ROOT + "a.md", b"x"),
            (ROOT + "a.md", b"x"),
        ],
        "stands twice",
    ),
    "a second manifest": (
        [(ROOT + "manifest.json", told_of({})), (ROOT + "manifest.json", told_of({}))],
        "not in its manifest",
    ),
    "a file that is not told": (
        [(ROOT + "manifest.json", told_of({})), (ROOT + "a.md", b"x")],
        "not in its manifest",
    ),
    "a file that is missing": ([(ROOT + "manifest.json", told_of({"a.md": b"x"}))], "is missing"),
    "another hash": (
        [(ROOT + "manifest.json", told_of({"a.md": b"x"})), (ROOT + "a.md", b"y")],
        "sha256",
    ),
    "another length": (
        [(ROOT + "manifest.json", told_of({"a.md": b"x"})), (ROOT + "a.md", b"xx")],
        "the manifest says 1",
    ),
    "a manifest that is no JSON": ([(ROOT + "manifest.json", b"{")], "not JSON"),
    "a manifest that nests": ([(ROOT + "manifest.json", b"[" * 100_000)], "not JSON"),
    "a manifest of another kind": ([(ROOT + "manifest.json", b'{"format": "x"}')], "is no bundle"),
    "a manifest without an author": (
        [(ROOT + "manifest.json", told_of({}).replace(b'"author"', b'"writer"'))],
        "lacks author",
    ),
    "a newer format": (
        [(ROOT + "manifest.json", told_of({}).replace(b'"format_version":1', b'"format_version":2'))],
        "format version 2, this console reads 1; upgrade",
    ),
    "no manifest": ([(ROOT + "a.md", b"x")], "is no bundle"),
    "nothing": ([], "is no bundle"),
    "too many files": (
        [(ROOT + "manifest.json", told_of({f"a{number}.md": b"" for number in range(5_001)}))],
        "5,001 files",
    ),
    "more bytes than any has": (
        [
            (
                ROOT + "manifest.json",
                to_bytes(replace(MANIFEST, files=(BundledFile("a.md", 2**40, ""),))),
            )
        ],
        "not opened",
    ),
    "a length below nothing": (
        [(ROOT + "manifest.json", to_bytes(replace(MANIFEST, files=(BundledFile("a.md", -1, ""),))))],
        "cannot be the name",
    ),
}


@pytest.mark.parametrize("what", MEMBERS)
def test_a_hostile_bundle_is_refused_and_nothing_is_written_outside(tmp_path: Path, what: str) -> None:
    members, reason = MEMBERS[what]
    path = packed(tmp_path / "a.tar.zst", members)
    with pytest.raises(BundleError, match=reason) as refused:
        unpacked(path, tmp_path / "out")
    assert str(refused.value).startswith(f"{path}: ")
    outside = [file for file in tmp_path.rglob("*") if "out" not in file.parts]
    assert sorted(file.name for file in outside) == ["a.tar.zst"]


def test_headers_that_change_what_follows_are_refused(tmp_path: Path) -> None:
    entry = tarfile.TarInfo(ROOT + "a.md")
    entry.pax_headers = {"path": "/tmp/evil"}
    members: list[Member] = [(ROOT + "manifest.json", told_of({"a.md": b"x"})), (entry, b"x")]
    path = packed(tmp_path / "a.tar.zst", members, format=tarfile.PAX_FORMAT)
    with pytest.raises(BundleError, match="which no bundle does"):
        unpacked(path, tmp_path / "out")


def test_a_huge_manifest_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "MANIFEST_BYTES", 1_000)
    path = packed(tmp_path / "a.tar.zst", [(ROOT + "manifest.json", b" " * 1_001)])
    with pytest.raises(BundleError, match="1,000 at most"):
        unpacked(path, tmp_path / "out")


def test_a_bomb_is_refused_by_what_it_says_and_by_what_it_unpacks_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpack, "MOST_BYTES", 1_000)
    monkeypatch.setattr(unpack, "MOST_FILES", 2)
    monkeypatch.setattr(unpack, "MANIFEST_BYTES", 2_000)
    zeros = {"a.md": b"\0" * 1_001}
    with pytest.raises(BundleError, match="1,000 at most"):
        unpacked(written(tmp_path, zeros), tmp_path / "out")
    lies: list[Member] = [
        (ROOT + "manifest.json", told_of({"a.md": b"x", "b.md": b"x"})),
        *((ROOT + name, b"\0" * 10_000) for name in ("a.md", "b.md")),
    ]
    with pytest.raises(BundleError):
        unpacked(packed(tmp_path / "b.tar.zst", lies), tmp_path / "out2")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_bundle_is_refused_or_is_what_it_was(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    whole = written(folder).read_bytes()
    change: Callable[[], bytes] = data.draw(
        st.one_of(
            st.integers(0, len(whole) - 1).map(lambda end: lambda: whole[:end]),
            st.tuples(st.integers(0, len(whole) - 1), st.integers(1, 255)).map(
                lambda where: (
                    lambda: whole[: where[0]] + bytes([whole[where[0]] ^ where[1]]) + whole[where[0] + 1 :]
                )
            ),
        )
    )
    damaged = folder / "damaged.tar.zst"
    damaged.write_bytes(change())
    try:
        manifest = unpacked(damaged, folder / "out")
    except BundleError:
        return
    assert {file.name for file in manifest.files} == set(FILES)
    assert {name: (folder / "out" / name).read_bytes() for name in FILES} == FILES


def test_what_is_not_there_or_is_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "none.tar.zst", tmp_path):
        with pytest.raises(BundleError, match="cannot be opened"):
            unpack_bundle(path, tmp_path)


@pytest.mark.parametrize("name", ["manifest.json", "../a.md", "a/b/c.md", "A B.md", "", "a", ".hidden.md"])
def test_a_file_whose_name_no_bundle_may_hold_is_not_packed(tmp_path: Path, name: str) -> None:
    with pytest.raises(BundleError):
        write_bundle(tmp_path, [name], tmp_path / "a.tar.zst", MANIFEST)
