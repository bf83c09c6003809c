"""The casebook's tables, in constructs that SQLite and PostgreSQL share."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table

SCHEMA_VERSION = 4
"""Raised when the tables change; a casebook with a higher one is not touched."""

METADATA = MetaData()

SCHEMA = Table(
    "casebook_schema",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
)

LABELS = Table(
    "labels",
    METADATA,
    # The order of rows: clocks of several hosts disagree and step backwards, this number does not.
    # SQLite counts by itself only in a column of exactly the type INTEGER.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("label_id", String, nullable=False, unique=True),
    Column("request_key", String, nullable=False),
    Column("value", String, nullable=False),
    Column("note", String, nullable=False),
    Column("model", String, nullable=False),
    Column("model_version", String, nullable=False),
    Column("prediction", String, nullable=False),
    Column("input_hash", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("alert_id", String, nullable=False),
    Column("query", String, nullable=False),
    Column("status", String, nullable=False),
    Column("source", String, nullable=False),
    Column("author", String, nullable=False),
    Column("at", String, nullable=False),
    Column("previous_value", String),
    Column("overrides", String),
    Column("act", String, nullable=False),
    Index("labels_by_request", "request_key", "seq"),
    Index("labels_by_author_and_request", "author", "request_key", "seq"),
    Index("labels_by_author", "author", "seq"),
    Index("labels_by_model", "model"),
    Index("labels_by_overridden", "overrides"),
    Index("labels_by_act", "act"),
    # Without it SQLite would give the number of a row deleted by hand to the next one.
    sqlite_autoincrement=True,
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("alert_id", String, primary_key=True),
    Column("check_name", String, nullable=False),
    Column("model", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("severity", Integer, nullable=False),
    Column("summary", String, nullable=False),
    Column("state", String, nullable=False),
    Column("began", String, nullable=False),
    Column("detected", String, nullable=False),
    Column("last_seen", String, nullable=False),
    Column("resolved", String),
    Column("recorded", String, nullable=False),
)

ALERT_ACTS = Table(
    "alert_acts",
    METADATA,
    # The order of rows, as in `labels`.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("act_id", String, nullable=False, unique=True),
    Column("alert_id", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("until", String),
    Column("reason", String, nullable=False),
    Column("author", String, nullable=False),
    Column("at", String, nullable=False),
    Index("alert_acts_by_alert", "alert_id", "seq"),
    sqlite_autoincrement=True,
)

BASELINES = Table(
    "baselines",
    METADATA,
    Column("baseline_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("model", String, nullable=False),
    Column("origin_kind", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("profile", LargeBinary, nullable=False),
    Column("pinned_at", String, nullable=False),
    Column("author", String, nullable=False),
    Column("removed_at", String),
    Column("removed_by", String),
)

EXPORTS = Table(
    "exports",
    METADATA,
    # The order of rows, as in `labels`.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("export_id", String, nullable=False, unique=True),
    Column("path", String, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("query", String, nullable=False),
    Column("alert_id", String, nullable=False),
    Column("author", String, nullable=False),
    Column("at", String, nullable=False),
    Index("exports_by_alert", "alert_id", "seq"),
    sqlite_autoincrement=True,
)
"""Files that were made of what a console held."""

SEATS = Table(
    "seats",
    METADATA,
    Column("seat_id", String, primary_key=True),
    Column("author", String, nullable=False),
    Column("host", String, nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("since", String, nullable=False),
    Column("doing", String, nullable=False),
    # Moves with each sign of life. Whether it moves is seen by whoever reads, without comparing clocks.
    Column("beat", BigInteger, nullable=False),
)
"""Who has a console open: rows that come and go, the only ones here that nobody would miss."""
