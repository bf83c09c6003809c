"""What to type: the examples at the end of every `--help`, and in the manual page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import click

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "": (
        "icon /var/log/predictions/*.jsonl",
        "kubectl logs -f deploy/fraud | icon -",
        "icon demo",
        "icon check /var/log/predictions --since 15m || echo 'look at the model'",
    ),
    "sql": (
        "icon sql 'select model, count(*) from predictions group by all' logs/",
        "icon sql 'describe predictions' logs/",
        "icon sql \"from predictions select ts, latency_ms where region = 'EU'\" logs/ --format csv",
        "icon sql 'from rejects' logs/ --out rejects.parquet",
    ),
    "open": (
        "icon /var/log/predictions/*.jsonl",
        "icon '/var/log/predictions/*.jsonl*'     # quoted: files that come later, too",
        "kubectl logs -f deploy/fraud | icon -",
        "icon --resume                            # after a dropped link: same logs, same screen",
        "icon logs/ --db :memory:                 # leave nothing behind",
        "icon logs/ --filter 'model=fraud region=EU'",
        "icon logs/ --label ids.txt               # label these requests, one after the other",
        "icon incident.tar.zst                    # a bundle of `icon handover`, without its logs",
    ),
    "demo": (
        "icon demo",
        "icon demo --speed 200",
        "icon demo --no-mouse",
    ),
    "collect": (
        "icon collect /var/log/predictions --db predictions.duckdb",
        "icon collect logs/*.jsonl --db predictions.duckdb --once",
        "kubectl logs -f deploy/fraud | icon collect - --db fraud.duckdb --quiet",
    ),
    "check": (
        "icon check /var/log/predictions/*.jsonl",
        "icon check logs/ --since 15m --quiet --format markdown || mail -s 'model alerts' oncall",
        "icon check logs/ --format jsonl | jq -r 'select(.severity == \"critical\") | .summary'",
        "icon check --db predictions.duckdb logs/ --casebook team.sqlite",
    ),
    "scan": (
        "icon scan '/var/log/predictions/*.jsonl*' > episodes.jsonl",
        "icon scan --baseline training.parquet --format table today.jsonl",
        "icon scan logs/ --every 15m --format markdown",
    ),
    "alerts": (
        "icon alerts --open",
        "icon alerts --format jsonl",
        "icon alerts ack 3f2a --reason 'rolling back v3'",
    ),
    "alerts ack": (
        "icon alerts ack 3f2a",
        "icon alerts ack 3f2a --reason 'rolling back v3'",
        "icon alerts --casebook team.sqlite ack 3f2a",
    ),
    "alerts snooze": (
        "icon alerts snooze 3f2a 2h",
        "icon alerts snooze 3f2a 1d --reason 'fixed at noon'",
        "icon alerts unsnooze 3f2a",
    ),
    "alerts unsnooze": (
        "icon alerts unsnooze 3f2a",
        "icon alerts snooze 3f2a 30m",
        "icon alerts show 3f2a",
    ),
    "alerts note": (
        "icon alerts note 3f2a 'the upstream table was empty until 09:40'",
        "icon alerts show 3f2a",
        "icon alerts --open",
    ),
    "alerts show": (
        "icon alerts show 3f2a",
        "icon alerts show 3f2a --casebook team.sqlite",
        "icon alerts --open",
    ),
    "tune": (
        "icon tune drift --set psi=0.15 --set psi=0.3 '/var/log/predictions/*.jsonl*'",
        "icon tune error_spikes --set min_gain=0.05,min_ratio=3 --model fraud logs/",
        "icon tune slow_requests --set min_ratio=2 --subject /score logs/",
    ),
    "baseline": (
        "icon baseline pin training training.parquet logs/",
        "icon baseline list",
        "icon baseline remove training",
    ),
    "baseline pin": (
        "icon baseline pin training training.parquet logs/",
        "icon baseline pin calm-week 2026-11-02T00:00Z..2026-11-09T00:00Z logs/",
        "icon baseline pin v2 version=v2 logs/ --model fraud",
    ),
    "baseline list": (
        "icon baseline list",
        "icon baseline list --casebook team.sqlite",
        "icon baseline remove training",
    ),
    "baseline remove": (
        "icon baseline remove training",
        "icon baseline remove training --casebook team.sqlite",
        "icon baseline list",
    ),
    "query": (
        "icon query --list",
        "icon query error_spikes logs/ --window-minutes 5 --format jsonl",
        "icon query predictions_with_errors logs/ --model fraud --start -2h",
        "icon query drift --db predictions.duckdb --model fraud --feature amount",
        "icon query traffic_by_step logs/ --filter 'version=v3 status>=500 -2h'",
        "icon query error_spikes --show",
    ),
    "evaluate": (
        "icon evaluate logs/",
        "icon evaluate logs/ --basis all --model fraud",
        "icon evaluate logs/ --by version --by region --over 1h --filter 'country!=DE -2d'",
        "icon evaluate logs/ --versions v2 v3 --format markdown",
        "icon evaluate logs/ --format json | jq '.[0].figures'",
    ),
    "export": (
        "icon export predictions_with_errors logs/ -p model=fraud -p start=-2h --out errors.parquet",
        "icon export logs/ --filter 'version=v3 region=EU -2h' --out slice.parquet",
        "icon export --alert 3f2a logs/ --with-comparable --out alert.parquet",
        "icon export logs/ --only-labelled --one-row-an-input --split input=0.2,0.1 --out train.parquet",
        "icon export --verify errors.parquet",
    ),
    "handover": (
        "icon handover logs/ > handover.md",
        "icon handover logs/ --since 2h --out handover.md",
        "icon handover logs/ --alert 3f2a --bundle incident.tar.zst",
        "icon incident.tar.zst                    # opens it, read-only, without the logs",
    ),
    "labels": (
        "icon labels",
        "icon labels --model fraud --format parquet --out labels.parquet",
        "icon labels --history --format jsonl",
    ),
    "labels import": (
        "icon labels import labels.csv --model fraud",
        "icon labels import project-7.json --dry-run     # Label Studio, Argilla: known by content",
        "icon labels import reviewed.csv --id ticket --label verdict --author-column who",
    ),
    "labels export": (
        "icon labels export --out labels.parquet",
        "icon labels export --out tasks.json --format label-studio logs/",
        "icon labels export --model fraud --history --out record.jsonl",
    ),
    "labels conflicts": (
        "icon labels conflicts",
        "icon labels conflicts --model fraud --format jsonl",
        "icon labels conflicts --casebook team.sqlite",
    ),
    "labels agreement": (
        "icon labels agreement",
        "icon labels agreement --model fraud --format json",
        "icon labels agreement --casebook team.sqlite",
    ),
    "labels rule": (
        "icon labels rule 'model=fraud amount>10000 country!=DE' fraud logs/ --dry-run",
        "icon labels rule 'error_type=TimeoutError -2h' wrong --db predictions.duckdb --note 'outage'",
        "icon labels rule 'amount>10000' fraud logs/ --author rule:large-amount",
    ),
    "labels undo": (
        "icon labels undo",
        "icon labels undo 3f2a9c1d5e6f4a0b8c7d2e1f0a9b8c7d",
        "icon labels undo 3f2a9c1d5e6f4a0b8c7d2e1f0a9b8c7d --author rule:large-amount",
    ),
    "rejects": (
        "icon rejects logs/",
        "icon rejects --db predictions.duckdb --reason 'not JSON' --format jsonl",
        "icon rejects logs/ --retry               # after incident-console.toml says what is what",
    ),
    "doctor": (
        "icon doctor                              # versions, terminal, configuration, limits",
        "icon doctor logs/                        # and which key is read as which field",
        "icon doctor --db predictions.duckdb      # the ledger of an earlier run, counted again",
    ),
    "sample-logs": (
        "icon sample-logs --out logs",
        "icon sample-logs --out logs --lines 1000000 --hours 72 --seed 7",
        "icon sample-logs --out logs && icon scan logs/",
    ),
    "config": (
        "icon config                              # what is in force, and where it was said",
        "icon config keys                         # what keys do, and by which name to give it others",
        "icon config check incident-console.toml",
        '$EDITOR "$(icon config path)"',
    ),
    "config hash": (
        "icon config hash r-20261102-0815",
        "icon sql \"from predictions where request_id = '$(icon config hash r-0815)'\" logs/",
        "icon config hash - < customers.txt",
    ),
    "config keys": (
        "icon config keys",
        "icon config keys --format json",
        "icon config keys | grep rows",
    ),
    "config path": (
        "icon config path",
        '$EDITOR "$(icon config path)"',
        "INCIDENT_CONSOLE_CONFIG=team.toml icon config path",
    ),
    "config check": (
        "icon config check",
        "icon config check incident-console.toml",
        "icon config check incident-console.toml && git commit incident-console.toml",
    ),
    "completion": (
        'eval "$(icon completion bash)"           # in ~/.bashrc',
        'eval "$(icon completion zsh)"            # in ~/.zshrc',
        "icon completion fish > ~/.config/fish/completions/icon.fish",
    ),
    "man": (
        "icon man | man -l -",
        "icon man > ~/.local/share/man/man1/icon.1",
        "icon man | mandoc -a",
    ),
}
"""A command's words -> lines to type, most usual first."""


def add_examples(command: click.Command, name: str = "") -> None:
    """The command's help, and that of the commands below it, end with their examples."""
    if lines := EXAMPLES.get(name):
        command.epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)
    if isinstance(command, click.Group):
        for word, below in cast(Mapping[str, click.Command], command.commands).items():
            add_examples(below, f"{name} {word}".strip())
