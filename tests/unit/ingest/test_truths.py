from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.ingest import NATIVE, Format, choosing, first_objects, parse_block
from console.ingest.choosing import choose
from console.ingest.lines import Block
from console.ingest.mask_rules import Masking
from console.ingest.masking import masked
from console.ingest.shapes import Shapes
from console.ingest.sources import scan
from console.ingest.truths import TruthFormat
from console.model import Batch, Configuration, FileIdentity, MaskRule, Masks, MaskWith, Meaning
from tests.support import NOON

ARRIVED = round(NOON.timestamp() * 1e6)
PREDICTION = b'{"ts":1790000000,"request_id":"r1","model":"m","prediction":"a","features":{"x":1}}'


PLAIN = Meaning()


def format_of(lines: Sequence[bytes], meaning: Meaning = PLAIN) -> Format:
    return choose(meaning, first_objects(lines)).format


def read(lines: Sequence[bytes], format: Format | None = None, meaning: Meaning = PLAIN) -> Batch:
    """What becomes of a file of these lines."""
    data = b"".join(line + b"\n" for line in lines)
    batch = parse_block(
        [Block(0, data)],
        source_id=1,
        path="/logs/truth",
        identity=FileIdentity(1, 1, "", 0),
        start_offset=0,
        next_offset=len(data),
        arrival=NOON,
        format=format or format_of(lines, meaning),
    )
    assert batch.lines == len(lines) == batch.rows + len(batch.rejects) + batch.blanks
    return batch


def truths(batch: Batch) -> list[tuple[str, str]]:
    """Whose truth is what."""
    found = batch.truths
    return [] if found is None else list(zip(found.request_ids, found.truths, strict=True))


def ground_truth(data: object, encoding: str | None, event: str = "e-1") -> bytes:
    """A record as SageMaker Model Monitor wants ground truth."""
    held = {"data": data} | ({"encoding": encoding} if encoding else {})
    return orjson.dumps({"groundTruthData": held, "eventMetadata": {"eventId": event}, "eventVersion": "0"})


@pytest.mark.parametrize(
    ("data", "encoding", "truth"),
    [
        ("1", "CSV", "1"),
        ("fraud\n", "CSV", "fraud"),
        ('"a, b"', "CSV", "a, b"),
        ("0.2,0.8", "CSV", "0.2,0.8"),
        ("1", None, "1"),
        ("1", "JSON", "1"),
        ('"fraud"', "JSON", "fraud"),
        ("true", "json", "true"),
        ('{"label": 3}', "JSON", "3"),
        ("[7]", "JSON", "7"),
        ('{"x":[1,2]}', "JSON", '{"x":[1,2]}'),
        (base64.b64encode(b"legit").decode(), "BASE64", "legit"),
        (base64.b64encode("é".encode()).decode(), "BASE64", "é"),
    ],
)
def test_ground_truth_of_sagemaker_is_read_in_each_of_its_encodings(
    data: str, encoding: str | None, truth: str
) -> None:
    assert truths(read([ground_truth(data, encoding)])) == [("e-1", truth)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (ground_truth("{", "JSON"), "groundTruthData is not JSON"),
        (ground_truth("%%%", "BASE64"), "groundTruthData is not BASE64 of a text"),
        (ground_truth("/w==", "BASE64"), "groundTruthData is not BASE64 of a text"),
        (ground_truth("1", "PARQUET"), "groundTruthData has an unknown encoding: PARQUET"),
        (ground_truth("", "CSV"), "no truth"),
        (ground_truth(None, "CSV"), "no truth"),
        (ground_truth("1", "CSV", event=""), "no request id; a truth is joined by it"),
        (b'{"groundTruthData":[],"eventMetadata":{"eventId":"e"}}', "no truth"),
        (b'{"groundTruthData":{"data":"1"},"eventMetadata":"e"}', "no request id; a truth is joined by it"),
    ],
)
def test_ground_truth_that_cannot_be_read_is_a_reject(line: bytes, reason: str) -> None:
    batch = read([line, ground_truth("1", "CSV", event="e-2")])
    assert truths(batch) == [("e-2", "1")]
    assert [reject.reason for reject in batch.rejects] == [reason]


@pytest.mark.parametrize("key", ["label", "ground_truth", "actual", "target", "groundTruth", "y_true"])
def test_plain_truths_are_told_by_the_names_of_their_keys(key: str) -> None:
    lines = [b'{"request_id":"r%d","%s":%d}' % (n, key.encode(), n) for n in range(3)]
    assert truths(read(lines)) == [("r0", "0"), ("r1", "1"), ("r2", "2")]


def test_a_truth_is_known_when_it_says_so_else_when_it_is_read() -> None:
    lines = [b'{"id":"a","label":"1","ts":1790000000}', b'{"id":"b","label":"1","ts":null}']
    found = read(lines).truths
    assert found is not None
    assert list(found.moments) == [1_790_000_000_000_000, ARRIVED]
    assert list(found.origins) == ["logged", "arrival"]


def test_an_id_of_many_digits_is_not_rounded() -> None:
    number = b"123456789012345678901234567890"
    assert truths(read([b'{"request_id":%s,"label":%s}' % (number, number)])) == [
        (number.decode(), number.decode())
    ]
    among = read([b'{"request_id":%s,"truth":"1"}' % number, PREDICTION], NATIVE)
    assert truths(among) == [(number.decode(), "1")]


@pytest.mark.parametrize(
    "line",
    [
        b'{"request_id":"r","label":"a","latency_ms":3}',
        b'{"request_id":"r","label":"a","age":3}',
        b'{"request_id":"r","label":"a","model":"m"}',
        b'{"request_id":"r","actual":"a","features":{"x":1}}',
        b'{"request_id":"r","actual":"a","age":3}',
        b'{"label":"a"}',
    ],
)
def test_what_has_more_than_a_truth_stays_a_prediction(line: bytes) -> None:
    assert not isinstance(format_of([line]), TruthFormat)
    assert truths(read([line])) == []


def test_a_line_among_predictions_that_has_a_truth_and_no_prediction_is_a_truth() -> None:
    batch = read([PREDICTION, b'{"request_id":"r1","truth":"b","ts":1790000100,"note":"x"}', PREDICTION])
    assert truths(batch) == [("r1", "b")]
    assert batch.rows == 3
    assert sum(map(len, batch.models)) == 2


@pytest.mark.parametrize(
    "line",
    [
        b'{"request_id":"r1","truth":"b","prediction":null}',
        b'{"request_id":"r1","truth":"b","score":0.1}',
        b'{"request_id":"r1","truth":null}',
        b'{"request_id":"","truth":"b"}',
        b'{"truth":"b"}',
    ],
)
def test_a_line_among_predictions_that_has_more_or_less_stays_a_row(line: bytes) -> None:
    batch = read([PREDICTION, line])
    assert truths(batch) == []
    assert batch.rows == 2


def test_a_truth_among_predictions_is_never_taken_for_one_that_is_recognised() -> None:
    shapes = Shapes(NATIVE)
    assert (
        shapes.learn([{"request_id": "r", "truth": "a"}, {"ts": 1790000000, "request_id": "r", "truth": "a"}])
        == []
    )
    assert shapes.learn([{"request_id": "r", "truth": "a", "prediction": "b"}]) != []


@pytest.mark.parametrize(
    ("header", "line", "expected"),
    [
        (b"request_id,label", b"r1,a", ("r1", "a")),
        (b"label,request_id", b"a,r1", ("r1", "a")),
        (b"\xef\xbb\xbfrequest_id;truth\r", b"r1 ; a\r", ("r1", "a")),
        (b"id\ttruth\tnote", b"r1\ta\t", ("r1", "a")),
        (b"request_id,ground_truth", b'"r,1","a ""b"""', ("r,1", 'a "b"')),
        (b"Request ID,Actual", b"r1,0.50", ("r1", "0.50")),
    ],
)
def test_csv_is_read_by_its_header(header: bytes, line: bytes, expected: tuple[str, str]) -> None:
    batch = read([header, line, header])
    assert truths(batch) == [expected]
    assert batch.blanks == 2, "a header is no row"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"r1", "not CSV of this header: 1 values for 2 columns"),
        (b"r1,a,b", "not CSV of this header: 3 values for 2 columns"),
        (b",a", "no request id; a truth is joined by it"),
        (b"r1,", "no truth"),
        (b'r1,"a', "not CSV: unexpected end of data"),
        (b"r1,\xff", "not UTF-8"),
    ],
)
def test_a_line_of_csv_that_is_no_truth_is_a_reject(line: bytes, reason: str) -> None:
    batch = read([b"request_id,label", line, b"r2,a"])
    assert truths(batch) == [("r2", "a")]
    assert [reject.reason for reject in batch.rejects] == [reason]


@pytest.mark.parametrize(
    "header",
    [b"request_id,amount", b"label,amount", b"request_id,prediction,label", b"request_id,label,label_status"],
)
def test_csv_that_is_not_of_truths_alone_is_refused_with_why(header: bytes) -> None:
    choice = choose(Meaning(), first_objects([header]))
    assert not choice.settled
    batch = read([header, b"a," * header.count(b",") + b"b"])
    assert {reject.reason.partition(";")[0] for reject in batch.rejects} <= {"CSV is read for truths only"}
    assert batch.rejects
    assert batch.rows == 0


def test_a_line_with_a_comma_that_begins_a_log_is_a_reject_and_no_header() -> None:
    """As what a service prints before its first record, at the moment when there is nothing else yet."""
    batch = read([b"a traceback in the log, of some request"])
    assert (batch.lines, len(batch.rejects), batch.blanks) == (1, 1, 0)


def test_a_header_alone_says_what_its_file_is() -> None:
    choice = choose(Meaning(), first_objects([b"request_id,label"]))
    assert choice.settled
    assert isinstance(choice.format, TruthFormat)


def test_the_configuration_says_which_keys_a_truth_has() -> None:
    fields = {"request_id": (("event", "id"),), "truth": (("outcome", "value"),)}
    meaning = Meaning(kind="truth", fields=fields)
    lines = [b'{"event":{"id":"r1"},"outcome":{"value":2.5},"age":3}', b'{"event":{"id":"r2"}}']
    batch = read(lines, meaning=meaning)
    assert truths(batch) == [("r1", "2.5")]
    assert [reject.reason for reject in batch.rejects] == ["no truth"]
    table = Meaning(kind="truth", fields={"request_id": (("who",),), "truth": (("what",),)})
    assert truths(read([b"who,what,prediction", b"r1,a,b"], meaning=table)) == [("r1", "a")]


def test_the_configuration_may_say_that_a_file_holds_predictions() -> None:
    line = b'{"request_id":"r","label":"a"}'
    assert isinstance(format_of([line]), TruthFormat)
    assert not isinstance(format_of([line], Meaning(kind="predictions")), TruthFormat)


@settings(max_examples=50, deadline=None)
@given(
    lines=st.lists(
        st.one_of(
            st.binary(max_size=40).filter(lambda line: b"\n" not in line),
            st.sampled_from(
                [b"", b"\0\0", b'{"request_id":"a","label":"b"}', b'{"request_id":{},"label":[1]}']
            ),
            st.sampled_from(
                [b"[" * 9000, b'{"a":' * 3000, b"\x1b[2J,[/x]", b"r,NaN", b'{"label":NaN,"id":1e999}']
            ),
        ),
        max_size=12,
    ),
    header=st.sampled_from([b"request_id,label", b'{"request_id":"z","label":"y"}']),
)
def test_every_line_is_counted_once_whatever_is_in_it(lines: list[bytes], header: bytes) -> None:
    read([header, *lines])


def test_a_directory_gives_the_files_of_csv_that_hold_truths(tmp_path: Path) -> None:
    for name, text in {
        "labels.csv": "request_id,label\nr1,a\n",
        "training.csv": "age,income,label\n1,2,a\n",
        "app.jsonl": "{}\n",
        "notes.txt": "request_id,label\n",
        "empty.csv": "",
        "export.csv": "request_id,prediction,label,label_status\n",
    }.items():
        (tmp_path / name).write_text(text)
    assert sorted(Path(file.path).name for file in scan([str(tmp_path)]).files) == ["app.jsonl", "labels.csv"]
    (tmp_path / "empty.csv").write_text("id,truth\n")
    assert "empty.csv" in {Path(file.path).name for file in scan([str(tmp_path)]).files}


def test_what_the_configuration_chooses_holds_for_a_path() -> None:
    chosen = choosing(Configuration().meaning_of)("/logs/x", first_objects([ground_truth("1", "CSV")]))
    assert chosen.format.name == "truth"
    assert chosen.settled


def test_a_truth_may_say_when_it_was_known_in_a_name_of_its_own() -> None:
    found = read(
        [b"request_id,created,label,labeled_at", b"a,2026-11-01,x,2026-11-02T12:00:00Z", b"b,,x,"]
    ).truths
    assert found is not None
    assert list(found.moments) == [ARRIVED, ARRIVED]
    assert list(found.origins) == ["logged", "arrival"]


def test_both_ways_of_reading_a_log_part_truths_from_predictions_alike() -> None:
    lines = [PREDICTION.replace(b"r1", b"r%d" % n) for n in range(2000)]
    lines[5::7] = [b'{"request_id":"r%d","truth":"b"}' % n for n in range(len(lines[5::7]))]
    data = b"".join(line + b"\n" for line in lines)
    made = [
        parse_block(
            [Block(0, data)],
            source_id=1,
            path="/logs/a",
            identity=FileIdentity(1, 1, "", 0),
            start_offset=0,
            next_offset=len(data),
            arrival=NOON,
            format=NATIVE,
            shapes=shapes,
        )
        for shapes in (None, Shapes(NATIVE))
    ]
    assert sum(map(len, made[1].clean)) > 1000, "most lines are recognised"
    assert made[0].truths == made[1].truths
    assert made[0].rows == made[1].rows == len(lines)


def test_a_masked_request_id_is_the_same_in_both_files_and_nowhere_as_logged() -> None:
    rule = MaskRule(("request_id",), "", MaskWith.HASH)
    chosen = masked(choosing(Configuration().meaning_of), Masking(Masks((rule,)), b"key"))
    for line in (
        b'{"request_id":"r1","label":"a"}',
        b"request_id,label\nr1,a",
        ground_truth("a", "CSV", "r1"),
    ):
        of_truths = read(line.split(b"\n"), chosen("/logs/t", first_objects(line.split(b"\n"))).format)
        of_log = read([PREDICTION], chosen("/logs/a", first_objects([PREDICTION])).format)
        (request_id,) = of_log.models[0].fields["request_id"]
        assert truths(of_truths) == [(request_id, "a")]
        assert request_id != "r1"
