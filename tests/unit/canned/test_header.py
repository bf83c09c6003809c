"""The header of a canned query, and whether it agrees with the statement."""

from __future__ import annotations

import pytest

from console.canned import parse_query
from console.errors import QueryFileError

WHOLE = """\
-- title:   Errors
-- answers: Which requests failed?
-- grain:   one row per prediction
-- A line without a key is a comment.
-- param:   model varchar
-- param:   dimension varchar = ''; field or tag
-- param:   start timestamptz = newest - 24h
-- param:   source_ids bigint[] = null
-- column:  ts; UTC
-- column:  rows
-- used by: people
-- used by: console/checks
select
    $start as ts,
    $model || $dimension as rows -- column: not_one; of the header
where $source_ids is null
"""
LEAST = "-- title: t\n-- answers: a\n-- grain: g\n-- column: x\n"


def wrong(text: str) -> str:
    with pytest.raises(QueryFileError) as caught:
        parse_query("broken", text, path="q/broken.sql")
    return str(caught.value)


def test_a_header_becomes_what_it_says() -> None:
    query = parse_query("errors", WHOLE, path="q/errors.sql")
    assert (query.name, query.title, query.path) == ("errors", "Errors", "q/errors.sql")
    assert query.answers == "Which requests failed?"
    assert query.grain == "one row per prediction"
    assert query.used_by == "people, console/checks"
    assert dict(query.columns) == {"ts": "UTC", "rows": ""}
    assert query.sql == WHOLE
    assert [(p.name, p.type, p.default, p.about) for p in query.params.values()] == [
        ("model", "varchar", None, ""),
        ("dimension", "varchar", "''", "field or tag"),
        ("start", "timestamptz", "newest - 24h", ""),
        ("source_ids", "bigint[]", "null", ""),
    ]


def test_lines_may_end_as_windows_ends_them() -> None:
    query = parse_query("errors", WHOLE.replace("\n", "\r\n"), path="q/errors.sql")
    assert query.title == "Errors"
    assert list(query.params) == ["model", "dimension", "start", "source_ids"]


def test_only_a_newline_ends_a_line_of_the_header() -> None:
    query = parse_query(
        "x", LEAST.replace("title: t", "title: a\x0cb\u2028c") + "select 1 as x", path="x.sql"
    )
    assert query.title == "a\x0cb\u2028c"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "-- columns: x",
            "unknown key 'columns'; known: answers, column, every, grain, param, severity, title, used by",
        ),
        ("-- title: again", "'title' stands twice"),
        ("-- grain: again", "'grain' stands twice"),
        ("-- column: x", "column 'x' is declared twice"),
        ("-- column: Not A Name", "a column reads `name; unit`, not 'Not A Name'"),
        ("-- param: model", "a parameter reads `name type [>= least] [= default] [; meaning]`, not 'model'"),
        ("-- param: $model varchar", "a parameter reads"),
        (
            "-- param: n float",
            "parameter 'n' has the unknown type 'float'; "
            "known: bigint, bigint[], boolean, double, integer, timestamptz, varchar",
        ),
        (
            "-- param: n integer = many",
            "the default of parameter n: 'many' cannot be read as integer (try 5)",
        ),
        ("-- param: n integer = 3000000000", "the default of parameter n"),
        ("-- param: t timestamptz = yesterday", "the default of parameter t"),
        ("-- param: b boolean = 1", "the default of parameter b"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(line: str, said: str) -> None:
    assert wrong(f"{LEAST}{line}\nselect 1 as x\n").startswith(f"q/broken.sql:5: {said}")


def test_a_parameter_is_declared_once() -> None:
    text = f"{LEAST}-- param: n integer\n-- param: n double\nselect $n as x"
    assert wrong(text) == "q/broken.sql:6: parameter 'n' is declared twice"


@pytest.mark.parametrize("key", ["title", "answers", "grain"])
def test_a_header_without_a_key_says_which(key: str) -> None:
    lines = [line for line in LEAST.splitlines() if not line.startswith(f"-- {key}")]
    assert wrong("\n".join([*lines, "select 1 as x"])) == f"q/broken.sql:1: the header lacks {key}"


def test_a_key_without_a_value_is_no_value() -> None:
    assert wrong(LEAST.replace("title: t", "title: ") + "select 1 as x").endswith("the header lacks title")


def test_a_file_without_a_header_lacks_everything() -> None:
    assert wrong("select 1 as x") == "q/broken.sql:1: the header lacks title, answers, grain"


def test_a_header_without_columns_is_wrong() -> None:
    text = LEAST.replace("-- column: x\n", "") + "select 1 as x"
    assert wrong(text).startswith("q/broken.sql:1: the header lacks the columns")


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        ("", 0),
        ("select 1 as x; select 2 as x", 2),
        ("insert into meta values ('a', 'b')", 1),
        ("drop table ledger", 1),
        ("copy (select 1 as x) to 'x.csv'", 1),
        ("attach 'x.duckdb'", 1),
        ("set threads = 64", 1),
        ("explain select 1 as x", 1),
    ],
)
def test_a_file_holds_one_select_and_nothing_else(statement: str, count: int) -> None:
    said = wrong(LEAST + statement)
    assert said.startswith("q/broken.sql:5: a file holds exactly one SELECT")
    assert f"{count} statements" in said


@pytest.mark.parametrize(
    "statement", ["select 1 as x;", "with a as (select 1 as x) select x from a", "from t"]
)
def test_a_select_may_be_written_in_any_way(statement: str) -> None:
    assert parse_query("x", LEAST + statement, path="x.sql").sql.endswith(statement)


def test_a_syntax_error_is_placed_where_it_is() -> None:
    said = wrong(LEAST + "select\n    1 as x,\n    from from t\n")
    assert said.startswith("q/broken.sql:7: Parser Error: ")
    assert "\n" not in said


def test_parameters_that_are_used_must_be_declared() -> None:
    text = f"{LEAST}-- param: a integer\nselect $a + $b + $c as x"
    assert wrong(text) == "q/broken.sql:6: used but not declared: b, c"


def test_parameters_without_names_cannot_be_declared() -> None:
    assert wrong(f"{LEAST}select ? as x").endswith("used but not declared: 1")


def test_parameters_that_are_declared_must_be_used() -> None:
    text = f"{LEAST}-- param: a integer\n-- param: b integer\nselect '$b' as x, $a as y"
    assert wrong(text) == "q/broken.sql:7: declared but not used: b"
