"""Where canned queries are found, and what a wrong folder or file is answered with."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from console import places
from console.canned import CannedQuery, load_catalog, locate_queries, parse_query
from console.errors import QueryFileError, UsageError

QUERY = "-- title: {title}\n-- answers: a\n-- grain: g\n-- column: x\nselect 1 as x\n"


def write(folder: Path, **queries: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, title in queries.items():
        (folder / f"{name}.sql").write_text(QUERY.format(title=title), encoding="utf-8")
    return folder


def test_in_a_checkout_its_queries_are_found() -> None:
    found = locate_queries()
    assert str(found) == str(Path(__file__).parents[3] / "queries")
    assert {"drift", "error_spikes", "slow_requests", "unseen_categories"} <= set(load_catalog())


@pytest.mark.parametrize("query", load_catalog().values(), ids=lambda query: query.name)
def test_the_consoles_own_queries_are_what_is_checked_of_others(query: CannedQuery) -> None:
    assert parse_query(query.name, query.sql, path=query.path) == query


def test_outside_a_checkout_the_copy_in_the_package_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A `queries` folder beside installed packages is somebody else's.
    write(tmp_path / "site" / "queries", mine="not the console's")
    monkeypatch.setattr(places, "__file__", str(tmp_path / "site/console/places.py"))
    assert str(locate_queries()) == str(resources.files("console") / "_queries")


def test_the_names_are_the_files_stems_in_order(tmp_path: Path) -> None:
    catalog = load_catalog(root=write(tmp_path / "q", zeta="Z", alpha="A"))
    assert list(catalog) == ["alpha", "zeta"]
    assert len(catalog) == 2
    assert catalog["zeta"].title == "Z"
    assert catalog["zeta"].path == str(tmp_path / "q" / "zeta.sql")


def test_a_folder_of_ones_own_adds_queries(tmp_path: Path) -> None:
    root, mine = write(tmp_path / "q", one="1"), write(tmp_path / "mine", two="2")
    (mine / "notes.txt").write_text("not a query")
    assert {name: query.title for name, query in load_catalog([mine], root=root).items()} == {
        "one": "1",
        "two": "2",
    }


def test_a_name_cannot_be_taken_over(tmp_path: Path) -> None:
    root, mine = write(tmp_path / "q", one="1"), write(tmp_path / "mine", one="another")
    with pytest.raises(QueryFileError) as caught:
        load_catalog([mine], root=root)
    assert str(caught.value) == f"{mine}/one.sql:1: 'one' exists already in {root}/one.sql"


def test_files_that_editors_leave_behind_are_passed_over(tmp_path: Path) -> None:
    folder = write(tmp_path / "q", one="1")
    (folder / ".#one.sql").symlink_to("ann@host.4711")
    (folder / "._one.sql").write_bytes(b"\x00\x05\x16\x07")
    (folder / "one.sql~").write_text("select")
    assert list(load_catalog(root=folder)) == ["one"]


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    (tmp_path / "one.sql").write_text(QUERY.format(title="1"), encoding="utf-8-sig")
    assert load_catalog(root=tmp_path)["one"].title == "1"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(QueryFileError, match="gone: not a folder of queries"):
        load_catalog([tmp_path / "gone"])


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(QueryFileError) as caught:
        load_catalog(root=tmp_path)
    assert str(caught.value) == f"{tmp_path}: cannot be read: Permission denied"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.sql").mkdir()
    with pytest.raises(QueryFileError, match=r"folder\.sql:1: cannot be read: "):
        load_catalog(root=tmp_path)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.sql").write_bytes(QUERY.format(title="caf\xe9").encode("latin-1"))
    with pytest.raises(QueryFileError, match=r"latin\.sql:1: cannot be read: "):
        load_catalog(root=tmp_path)


def test_a_wrong_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "bad.sql").write_text(QUERY.format(title="t").replace("select 1", "delete 1"))
    with pytest.raises(QueryFileError) as caught:
        load_catalog([tmp_path])
    assert str(caught.value).startswith(f"{tmp_path}/bad.sql:5: ")


def test_a_misspelt_name_is_told_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        load_catalog()["eror_spike"]
    assert "no canned query is called 'eror_spike'; did you mean error_spikes" in str(caught.value)


def test_a_name_that_is_like_none_is_only_told_so() -> None:
    with pytest.raises(UsageError) as caught:
        load_catalog()["'; drop table\n"]
    assert str(caught.value).startswith('no canned query is called "\'; drop table\\n" (`icon query')


def test_a_catalog_answers_in_and_get_like_any_mapping() -> None:
    catalog = load_catalog()
    assert "drift" in catalog
    assert "drif" not in catalog
    assert catalog.get("drif") is None
