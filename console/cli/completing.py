"""Shell completion: the script that a shell reads once, and what it is told at each Tab.

Nothing here waits for DuckDB or the checks: a person who presses Tab does not.
"""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem, get_completion_class

from console.errors import ConsoleError, UsageError

Items = list[CompletionItem[str]]

CHECK_NAMES = (
    *("burn_rate", "cost", "drift", "error_spikes", "estimated_performance", "missing_values"),
    *("out_of_range", "performance", "silence", "slow_requests", "slow_stages", "stuck_values", "surge"),
    *("text_quality", "type_flips", "unseen_categories", "versions"),
)
"""Names of the checks: to ask the checks for them takes longer than a Tab may."""
PROGRAMS = ("icon", "incident-console")
VARIABLE = "_ICON_COMPLETE"
"""Environment variable by which the shell's script asks."""


def file_names(_context: click.Context, _param: click.Parameter, beginning: str) -> Items:
    """Files and folders, which the shell looks for itself."""
    return [CompletionItem(beginning, type="file")]


def query_names(_context: click.Context, _param: click.Parameter, beginning: str) -> Items:
    """The canned queries, and those in the folder of the person's own."""
    from console.config import usual_queries
    from console.places import locate_queries

    own = usual_queries()
    folders = (locate_queries(), *([own] if own.is_dir() else []))
    files = [file.name for folder in folders for file in folder.iterdir()]
    names = sorted(name.removesuffix(".sql") for name in files if name.endswith(".sql"))
    return _beginning(names, beginning)


def check_names(_context: click.Context, _param: click.Parameter, beginning: str) -> Items:
    """The checks."""
    return _beginning(CHECK_NAMES, beginning)


def baseline_names(context: click.Context, _param: click.Parameter, beginning: str) -> Items:
    """The baselines that are pinned in the casebook, if it can be read."""
    from console.cli.casebooks import opened_casebook

    try:
        with opened_casebook(context.params.get("casebook"), None) as book:
            return _beginning(sorted({one.name for one in book.baselines()}), beginning)
    except ConsoleError:
        return []


def _beginning(names: tuple[str, ...] | list[str], beginning: str) -> Items:
    return [CompletionItem(name) for name in names if name.startswith(beginning)]


@click.command(short_help="Print the script that makes a shell complete `icon`.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the script by which SHELL completes commands, options, files, and names of queries, checks and
    baselines.

    It asks `icon` itself at each Tab, so that it need not be made anew with a new version.
    """
    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"{shell}: no completion for this shell")
    command = context.find_root().command
    for program in PROGRAMS:
        click.echo(made(command, {}, program, VARIABLE).source())
    return 0
