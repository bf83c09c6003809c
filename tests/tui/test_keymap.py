"""Which keys do what, and a person's own keys for it."""

from __future__ import annotations

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from console.errors import UsageError
from console.model import KeyChoice, Preferences
from console.tui.app import IncidentConsole
from console.tui.help.screen import HelpScreen
from console.tui.keymap import as_written, key_named, key_uses, keymap_of
from console.tui.overview.screen import OverviewScreen
from console.tui.sources.screen import SourcesScreen
from tests.tui.fakes import NOW, FakeDesk, incident


def choices(**keys: str) -> list[KeyChoice]:
    """`rows_label="l"` as a line of `[keys]`; the first underline is the point."""
    return [
        KeyChoice(name.replace("_", ".", 1), tuple(own.split()), f"c:{line}")
        for line, (name, own) in enumerate(keys.items(), start=1)
    ]


def every_class(of: type[DOMNode] = DOMNode) -> list[type[DOMNode]]:
    found: list[type[DOMNode]] = []
    for below in of.__subclasses__():
        found += [below, *every_class(below)]
    return found


def test_everything_that_keys_do_has_a_name_and_says_what_it_does() -> None:
    key_uses()  # imports every screen
    nameless = [
        f"{owner.__qualname__}: {binding.key} {binding.action}"
        for owner in every_class()
        if owner.__module__.startswith("console.tui.")
        for binding in owner.__dict__.get("BINDINGS", ())
        if not (isinstance(binding, Binding) and binding.id and "." in binding.id and binding.tooltip)
    ]
    assert not nameless


def test_keys_are_listed_with_what_they_do_and_where() -> None:
    uses = {use.binding: use for use in key_uses()}
    assert uses["table.down"].keys == ("j", "down")
    assert uses["rows.label"].does.startswith("label the marked rows")
    assert {"alert", "overview"} <= set(uses["alert.acknowledge"].screens)
    assert uses["app.help"].screens == ("app",)


def test_without_a_choice_there_is_no_keymap() -> None:
    assert keymap_of(()) == {}


def test_keys_are_called_as_textual_calls_them() -> None:
    assert keymap_of(choices(app_help="? f9 ctrl+F comma é")) == {
        "app.help": "question_mark,f9,ctrl+f,comma,é"
    }


def test_two_things_may_exchange_their_keys() -> None:
    assert keymap_of(choices(rows_label="u", rows_undo="l")) == {"rows.label": "u", "rows.undo": "l"}


def test_a_key_may_be_given_where_its_owner_is_never_in_force_beside() -> None:
    """`z` snoozes an alert, where there is no page to read."""
    assert keymap_of(choices(page_down="z")) == {"page.down": "z"}


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"rows_lable": "l"}, "c:1: nothing that keys do is called 'rows.lable'; did you mean rows.label?"),
        ({"rows_label": "foo"}, "c:1: no key is called 'foo'; write a sign"),
        ({"rows_label": "ctrl+"}, "c:1: no key is called 'ctrl+'"),
        ({"rows_label": "hold+x"}, "c:1: no key is called 'hold+x'"),
        ({"rows_label": "\x1b"}, "c:1: no key is called '\\x1b'"),
        ({"rows_label": "shift+g"}, "c:1: write 'G'"),
        ({"rows_label": "ctrl+i"}, "c:1: write 'tab'"),
        ({"app_back": "x"}, "c:1: app.back needs escape among its keys"),
        ({"app_theme": "T", "rows_label": "u"}, "c:2: rows.label: the key 'u' is that of rows.undo"),
        ({"overview_sources": "g"}, "c:1: overview.sources: the key 'g' is that of table.first"),
        ({"rows_label": "ctrl+q"}, "c:1: rows.label: the key 'ctrl+q' is that of app.quit"),
        ({"app_theme": "s"}, "c:1: app.theme: the key 's' is that of "),
    ],
)
def test_what_cannot_be_is_told_with_its_line(keys: dict[str, str], told: str) -> None:
    with pytest.raises(UsageError) as raised:
        keymap_of(choices(**keys))
    assert str(raised.value).startswith(told)


def test_one_thing_is_chosen_once() -> None:
    with pytest.raises(UsageError, match=r"^c:1: rows\.label stands in c:1 already"):
        keymap_of([*choices(rows_label="L"), *choices(rows_label="M")])


@pytest.mark.parametrize("written", ["/", "ctrl+f", "f5", "escape", "[", "comma", "shift+tab", "G", "é", "+"])
def test_a_key_is_written_as_it_was_named(written: str) -> None:
    assert as_written(key_named(written, "c:1")) == written


async def test_a_chosen_key_does_it_and_the_old_one_does_not() -> None:
    preferences = Preferences(keys=tuple(choices(overview_sources="S", app_help="f2")))
    app = IncidentConsole(FakeDesk(incident()), title="t", utc=lambda: NOW, preferences=preferences)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("s", "question_mark")
        assert isinstance(app.screen, OverviewScreen)
        await pilot.press("S")
        assert isinstance(app.screen, SourcesScreen)
        await pilot.press("f2")
        assert isinstance(app.screen, HelpScreen)
