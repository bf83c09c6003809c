"""One look at a source's first lines: what they are, and what is read out of them. Nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from console.ingest.choosing import FIRST_BYTES, FormatFor, first_objects
from console.ingest.columns import fits
from console.ingest.content import Content
from console.ingest.formats import Format, Path, Place, Unusable
from console.ingest.identity import same_file
from console.ingest.mapped import in_words
from console.ingest.masking import MaskedFormat
from console.ingest.opening import open_content
from console.ingest.sources import scan, shown, why_not
from console.ingest.times import to_microseconds
from console.model import NOT_KNOWN, MappedField, SourceMark, SourceSample

_PATHS = 2_000


@dataclass(slots=True)
class _Found:
    """What was found at one path."""

    place: Place
    count: int = 0
    misfits: int = 0
    example: object = None


def look_at_sources(
    arguments: Sequence[str], marks: Sequence[SourceMark] | None, format_for: FormatFor
) -> tuple[SourceSample, ...]:
    """Every file that the arguments mean now, by its first lines; and every argument that means none.

    Args:
        arguments: files, patterns and directories; standard input is not looked at.
        marks: how far sources have been read; None if that cannot be known.
        format_for: chooses the formats.
    """
    found = scan([argument for argument in arguments if argument != "-"])
    samples = [_sample(file.name, marks, format_for) for file in found.files]
    for trouble in found.troubles:
        samples.append(SourceSample(trouble.path, state=trouble.state.value, problem=trouble.problem))
    return tuple(sorted(samples, key=lambda sample: sample.path))


def _sample(name: str, marks: Sequence[SourceMark] | None, format_for: FormatFor) -> SourceSample:
    path = shown(name)
    try:
        content = open_content(name)
    except OSError as error:
        return SourceSample(path, state="failed", problem=why_not(error))
    try:
        head = content.read(FIRST_BYTES, 0)
        mark = next((mark for mark in marks or () if same_file(mark.identity, content)), None)
        look = content.look()
        size, lag = look.size, None if marks is None else _lag(content, mark, look.size)
        behind = _behind(mark, lag, look.modified_ns)
    except OSError as error:
        return SourceSample(path, state="failed", problem=why_not(error))
    finally:
        content.close()
    lines = head.split(b"\n")
    if len(head) == FIRST_BYTES:
        lines.pop()  # it may be cut
    objects: Sequence[Mapping[str, object]] = first_objects(lines)
    choice = format_for(path, objects)
    format = choice.format
    reasons = Counter(reason for logged in objects if (reason := _refusal(format, logged)))
    hidden: tuple[int, ...] = ()
    if isinstance(format, MaskedFormat):
        hidden = format.counts(objects)
        objects = format.all_hidden(objects)
        format = format.inner
    return SourceSample(
        path,
        kind=content.kind,
        state=NOT_KNOWN if marks is None else _state(mark, lag),
        source_id=mark.source_id if mark else -1,
        size=size,
        lag_bytes=lag,
        lag_seconds=behind,
        format=choice.format.name if choice.settled else "",
        zone=str(choice.format.zone),
        objects=len(objects),
        usable=len(objects) - reasons.total(),
        reasons=tuple(reasons.most_common()),
        fields=tuple(_fields(format, objects)),
        hidden=hidden,
    )


def _state(mark: SourceMark | None, lag: int | None) -> str:
    return "not read yet" if mark is None else "behind" if lag else "read to its end"


def _lag(content: Content, mark: SourceMark | None, size: int) -> int | None:
    """Bytes that are there and not committed; None where only reading could tell."""
    if mark is None:
        return size
    if content.kind == "file":
        return max(0, size - mark.next_offset)
    return 0 if mark.identity.end_size == size else None


def _behind(mark: SourceMark | None, lag: int | None, modified_ns: int) -> float | None:
    """Seconds by which what was committed is older than the file, as `SourceSample.lag_seconds` says."""
    if mark is None or mark.last_line_at is None or lag is None:
        return None
    return max(0.0, modified_ns / 1e9 - mark.last_line_at.timestamp()) if lag else 0.0


def _refusal(format: Format, logged: Mapping[str, object]) -> str:
    """Why the line would be rejected; an empty text if it would not."""
    try:
        moment = format.record(dict(logged)).get("ts")
        if moment is not None:
            to_microseconds(moment, format.zone)
    except Unusable as error:
        return error.reason if isinstance(format, MaskedFormat) else str(error)
    return ""


def _fields(format: Format, objects: Sequence[Mapping[str, object]]) -> Iterator[MappedField]:
    found: dict[Path, _Found] = {}
    for logged in objects:
        for path, value, place in dict((read[0], read) for read in _read(format, logged, ())).values():
            at_path = found.get(path)
            if at_path is None:
                if len(found) >= _PATHS:
                    continue
                at_path = found[path] = _Found(place)
            if value is not None:
                at_path.count += 1
                at_path.misfits += place.kind == "field" and not fits(place.name, value)
                at_path.example = value if at_path.example is None else at_path.example
    order = ("field", "feature", "tag", "extra")
    for path, at_path in sorted(found.items(), key=lambda item: order.index(item[1].place.kind)):
        place = at_path.place
        share, misfits = at_path.count / len(objects), at_path.misfits / len(objects)
        yield MappedField(
            place.kind, place.name, in_words(path), place.scale, share, misfits, at_path.example
        )


def _read(format: Format, logged: Mapping[str, object], above: Path) -> Iterator[tuple[Path, object, Place]]:
    """What is read whole: its path, value and place."""
    for key, value in logged.items():
        path = (*above, key)
        if isinstance(value, dict) and value:
            inner = list(_read(format, value, path))
            if inner:
                yield from inner
                continue
        place = format.place(path)
        if place is not None and len(path) == 1 and value and isinstance(value, dict):
            # The place is that of any other value: an object is a feature or a tag only inside of one.
            place = place if place.kind == "field" else Place("extra", key)
        if place is not None:
            yield path, value, place
