"""The part of the casebook that keeps what people say of requests."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select

from console.casebook.connect import KEYS_A_STATEMENT
from console.casebook.kept import Kept
from console.casebook.rows import (
    chunks,
    draft_texts,
    is_text,
    label_row,
    require_label,
    require_text,
)
from console.casebook.standing import COUNTS, FLAGGED, NOT_TAKEN_BACK, labels_of, newest_counting
from console.casebook.tables import LABELS
from console.casebook.turns import OnRows, insert_new, kept_in_turns, tell_nobody
from console.model import Label, LabelDraft, LabelStatus


class LabelRecord(Kept):
    """Labels: rows that are only ever appended, and what they amount to.

    What counts for a request is its newest submitted row that no undo has taken back; what a person says
    of it, the newest such row of theirs. Newest is by the order of writing, never by a clock. Drafts are
    kept and count for nothing; nor does a row that was discarded from the start.
    """

    def label(
        self,
        drafts: Sequence[LabelDraft],
        *,
        source: str = "human",
        status: LabelStatus = LabelStatus.SUBMITTED,
    ) -> tuple[Label, ...]:
        """Keep what was said of some requests, as one act, on the disk when this returns.

        Each row names the value that counted for its request and this author before, and a submitted one
        the row that it corrects. No drafts: no act. What a person says is one transaction; a rule lets others
        write meanwhile, and may leave a part of what it says if it is killed.

        Args:
            drafts: in the order in which they are kept; later ones of one request correct earlier ones.
            source: `human`, `rule` or `import`.
            status: `DRAFT` for what is kept and does not count yet, `DISCARDED` for requests that are
                not to be labelled; neither changes what counts.

        Raises:
            CasebookError: not kept, none of them; or it is said that some are.
        """
        require_text(f"{self._place}: label refused", {"source": source})
        for draft in drafts:
            require_text(f"{self._place}: label refused", draft_texts(draft))
        if not drafts:
            return ()
        counts = status is LabelStatus.SUBMITTED
        labels: list[Label] = []
        act, now = uuid.uuid4().hex, self._clock()

        def keep(connection: Connection, drafts: Sequence[LabelDraft]) -> Sequence[str]:
            counted = self._counting(connection, (draft.request_key for draft in drafts))
            made: list[Label] = []
            for draft in drafts:
                before = counted.get(draft.request_key)
                label = Label(
                    label_id=uuid.uuid4().hex,
                    draft=draft,
                    status=status,
                    source=source,
                    author=self._author,
                    at=now,
                    previous_value=None if before is None else before.draft.value,
                    overrides=before.label_id if counts and before is not None else None,
                    act=act,
                )
                if counts:
                    counted[draft.request_key] = label
                made.append(label)
            connection.execute(insert(LABELS), [label_row(label) for label in made])
            labels.extend(made)
            return [label.label_id for label in made]

        if source == "human":
            with self._writing("label not kept") as connection:
                keep(connection, drafts)
        else:
            kept_in_turns(self._writing, drafts, "label not kept", keep)
        return tuple(labels)

    def undo(self) -> tuple[Label, ...]:
        """Take back the newest act by this author's hand that still stands; what counted before counts again.

        Each call goes one act further back. The rows stay; discarding rows are appended, which
        override them, newest first, in an act of their own. Drafts are taken back like labels. What a rule
        or an import said is only taken back by its name, `undo_act`: thousands of rows at one key would be
        too many.

        Returns:
            The appended rows, each with the draft that it takes back; () when no act is left.

        Raises:
            CasebookError: nothing was taken back.
        """
        with self._writing("nothing undone") as connection:
            act = connection.scalar(
                select(LABELS.c.act)
                .where(LABELS.c.author == self._author, LABELS.c.source == "human", NOT_TAKEN_BACK)
                .order_by(LABELS.c.seq.desc())
                .limit(1)
            )
            if act is None:
                return ()
            return self._take_back(connection, self._standing_in(connection, act), uuid.uuid4().hex)

    def undo_act(self, act: str, *, on_rows: OnRows = tell_nobody) -> tuple[Label, ...]:
        """Take back one act of this author, whatever they did since; else like `undo`.

        Others write meanwhile where it has many rows. Killed, it leaves a part; the same again does the rest.

        Args:
            act: its name.
            on_rows: is told how many rows have been taken back, of how many.

        Returns:
            The appended rows; () where nothing of the act stands, or it is another author's.

        Raises:
            CasebookError: nothing was taken back; or it is said how much was.
            Interrupted: the same.
        """
        if not is_text(act):
            return ()
        taken_back: list[Label] = []
        undoing = uuid.uuid4().hex

        def keep(connection: Connection, ids: Sequence[str]) -> Sequence[str]:
            made = self._take_back(connection, ids, undoing)
            taken_back.extend(made)
            return [label.label_id for label in made]

        with self._reading("nothing undone") as connection:
            ids = self._standing_in(connection, act)
        kept_in_turns(self._writing, ids, "nothing undone", keep, on_rows)
        return tuple(taken_back)

    def restore(
        self, labels: Iterable[Label], *, in_turns: bool = False, on_rows: OnRows = tell_nobody
    ) -> int:
        """Rows of another casebook, or of a file, are on record as they are, after all that is here.

        Ids, author, time, status and act stay what they were. A row whose `label_id` is here already is
        passed over, so that the same rows may be restored again and again.

        Args:
            labels: in the order in which they were written.
            in_turns: whether others may write meanwhile, who else wait for seconds if there are many rows.
            on_rows: is told how many have been kept in turns, of how many.

        Returns:
            How many were new.

        Raises:
            CasebookError: a row cannot be kept; none of them was, or it is said that some are.
            Interrupted: it was ended while rows were taken out again; says the same.
        """
        rows: dict[str, dict[str, str | None]] = {}
        for label in labels:
            require_label(f"{self._place}: label refused", label)
            if label.label_id not in rows:
                rows[label.label_id] = label_row(label)
        if not rows:
            return 0
        if in_turns:
            return kept_in_turns(
                self._writing, list(rows.values()), "labels not restored", insert_new, on_rows
            )
        with self._writing("labels not restored") as connection:
            return len(insert_new(connection, list(rows.values())))

    def current(self, keys: Sequence[str]) -> Mapping[str, Label]:
        """What counts now for each of the requests, over all authors; those without are left out.

        Any number of keys; all are answered as of one moment.
        """
        with self._reading("labels not read") as connection:
            return {
                label.draft.request_key: label
                for chunk in chunks(filter(is_text, dict.fromkeys(keys)), KEYS_A_STATEMENT)
                for label in labels_of(connection, newest_counting(LABELS.c.request_key.in_(chunk)))
            }

    def current_all(self) -> tuple[Label, ...]:
        """What counts now, one label a request, oldest first."""
        return self._read(newest_counting())

    def standing(self) -> tuple[Label, ...]:
        """What each author says of each request now, oldest first."""
        return self._read(newest_counting(by_author=True))

    def standing_of(self, keys: Sequence[str]) -> Mapping[str, tuple[Label, ...]]:
        """What each author says of these requests now, oldest first; those without a label are left out."""
        said: dict[str, list[Label]] = {}
        with self._reading("labels not read") as connection:
            for chunk in chunks(filter(is_text, dict.fromkeys(keys)), KEYS_A_STATEMENT):
                of_these = newest_counting(LABELS.c.request_key.in_(chunk), by_author=True)
                for label in labels_of(connection, of_these):
                    said.setdefault(label.draft.request_key, []).append(label)
        return {key: tuple(labels) for key, labels in said.items()}

    def flagged(self) -> tuple[Label, ...]:
        """The flags that nobody has answered yet, the newest of each request and author, oldest first.

        A flag is a draft without a value. It is answered once a person, whoever, labels the request after
        it; a rule or an import answers none.
        """
        return self._read(FLAGGED)

    def history(self, request_key: str | None = None) -> tuple[Label, ...]:
        """Every row of one request, or of all, oldest first, those taken back and taking back too."""
        rows = select(LABELS).order_by(LABELS.c.seq)
        if request_key is not None:
            if not is_text(request_key):
                return ()
            rows = rows.where(LABELS.c.request_key == request_key)
        return self._read(rows)

    def counts(self) -> Mapping[str, int]:
        """Value -> number of requests for which it counts now, most frequent first."""
        newest = newest_counting().subquery()
        with self._reading("labels not counted") as connection:
            rows = connection.execute(select(newest.c.value, func.count()).group_by(newest.c.value))
            return dict(_most_first({value: count for value, count in rows}))

    def label_values(self, model: str) -> tuple[str, ...]:
        """Values given to requests of a model so far and not taken back, most used first."""
        if not is_text(model):
            return ()
        used = (
            select(LABELS.c.value, func.count())
            .where(LABELS.c.model == model, COUNTS)
            .group_by(LABELS.c.value)
        )
        with self._reading("labels not counted") as connection:
            counts = {value: count for value, count in connection.execute(used)}
        return tuple(value for value, _ in _most_first(counts))

    # --- inside ------------------------------------------------------------------------------

    def _read(self, rows: Select[tuple[object, ...]]) -> tuple[Label, ...]:
        with self._reading("labels not read") as connection:
            return tuple(labels_of(connection, rows))

    def _counting(self, connection: Connection, keys: Iterable[str]) -> dict[str, Label]:
        """What counts for this author, by request."""
        mine: ColumnElement[bool] = LABELS.c.author == self._author
        return {
            label.draft.request_key: label
            for chunk in chunks(dict.fromkeys(keys), KEYS_A_STATEMENT)
            for label in labels_of(connection, newest_counting(mine, LABELS.c.request_key.in_(chunk)))
        }

    def _standing_in(self, connection: Connection, act: str) -> Sequence[str]:
        """Ids of the rows of the act that nobody has taken back, the newest first."""
        # An act that was restored may hold rows of several authors.
        mine = (LABELS.c.act == act) & (LABELS.c.author == self._author)
        rows = select(LABELS.c.label_id).where(mine, NOT_TAKEN_BACK).order_by(LABELS.c.seq.desc())
        return connection.scalars(rows).all()

    def _take_back(self, connection: Connection, ids: Iterable[str], undoing: str) -> tuple[Label, ...]:
        """Those of the rows that still stand are overridden by discarding rows, newest first."""
        now = self._clock()
        discards = tuple(
            Label(
                label_id=uuid.uuid4().hex,
                draft=label.draft,
                status=LabelStatus.DISCARDED,
                source=label.source,
                author=self._author,
                at=now,
                previous_value=label.draft.value,
                overrides=label.label_id,
                act=undoing,
            )
            for chunk in chunks(ids, KEYS_A_STATEMENT)
            for label in labels_of(
                connection,
                select(LABELS)
                .where(LABELS.c.label_id.in_(chunk), NOT_TAKEN_BACK)
                .order_by(LABELS.c.seq.desc()),
            )
        )
        if discards:
            connection.execute(insert(LABELS), [label_row(label) for label in discards])
        return discards


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    # Sorted here, since databases disagree on the order of text.
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
