"""Which keys do what, and other keys for it that a person chose.

What keys do is told by the bindings of the classes themselves: there is no second list of them. Each has an
id, by which `[keys]` of the configuration names it; where several screens have the same thing to do, it has
the same id, and the same keys once somebody chooses some.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from string import punctuation

from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

import console.tui
from console.errors import UsageError
from console.model import KeyChoice

NEEDS_ESCAPE = ("app.back", "dialog.back")
"""Where a line is typed every other key may be a letter of it, so that nobody would get out."""
_OURS = "console.tui."
_MODIFIERS = ("ctrl", "shift", "alt", "super", "hyper", "meta")
_NAMED = frozenset(
    {
        *("escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end"),
        *("pageup", "pagedown", "up", "down", "left", "right"),
        *(f"f{number}" for number in range(1, 25)),
    }
)
_TOLD_APART = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape", "return": "enter"}
"""Keys that a terminal does not tell from another, by which they are to be called."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """One thing that keys do."""

    binding: str
    """Its id."""
    keys: tuple[str, ...]
    """What they are called if nobody chose others, those first that most screens have for it."""
    does: str
    screens: tuple[str, ...]
    """Names of the classes that have it, `app` for the whole console."""


@dataclass(frozen=True, slots=True)
class _Namespace:
    """The bindings that are in force at once: of a screen, of what may have the focus there, of the app."""

    name: str
    keys: Mapping[str, frozenset[str]]
    """Id -> keys."""


def key_uses() -> tuple[KeyUse, ...]:
    """Everything that keys do, by id."""
    found: dict[str, list[tuple[str, Binding]]] = {}
    for owner in _owners():
        for binding in _own_bindings(owner):
            if binding.id:
                found.setdefault(binding.id, []).append((_name(owner), binding))
    return tuple(
        KeyUse(
            binding=one,
            keys=_by_number(key for _, use in uses for key in use.key.split(",")),
            does=uses[0][1].tooltip,
            screens=tuple(dict.fromkeys(name for name, _ in uses)),
        )
        for one, uses in sorted(found.items())
    )


def keymap_of(choices: Sequence[KeyChoice]) -> Mapping[str, str]:
    """The keymap that Textual is to have, of what a person chose.

    Raises:
        UsageError: `path:line: reason`: an id or a key that there is not, one thing chosen twice, a key
            that does two things at once, or no way back from where lines are typed.
    """
    if not choices:
        return {}
    known = {use.binding for use in key_uses()}
    chosen: dict[str, KeyChoice] = {}
    keys: dict[str, tuple[str, ...]] = {}
    for choice in choices:
        name, place = choice.binding, choice.place
        if name not in known:
            raise UsageError(f"{place}: nothing that keys do is called {name!r}; {_hint(name, known)}")
        if name in chosen:
            raise UsageError(f"{place}: {name} stands in {chosen[name].place} already")
        chosen[name] = choice
        keys[name] = tuple(key_named(key, place) for key in choice.keys)
        if name in NEEDS_ESCAPE and "escape" not in keys[name]:
            raise UsageError(f"{place}: {name} needs escape among its keys; others may be typed as text")
    for namespace in _namespaces():
        _look_for_clash(namespace, chosen, keys)
    return {binding: ",".join(own) for binding, own in keys.items()}


def key_named(written: str, place: str) -> str:
    """Textual's name of a key.

    Args:
        written: a sign, a name, or either after modifiers: `/`, `f5`, `ctrl+f`.
        place: `path:line` for the message.

    Raises:
        UsageError: no key is called so.
    """
    *modifiers, last = written.split("+") if len(written) > 1 else [written]
    is_sign = len(last) == 1 and last.isprintable() and last != " "
    name = _sign_name(last) if is_sign else last.lower()
    if modifiers == ["shift"] and is_sign:
        raise UsageError(f"{place}: write {last.upper()!r}: that is what a terminal sends for {written}")
    normal = "+".join([*modifiers, name]).lower() if modifiers else name
    if usual := _TOLD_APART.get(normal):
        raise UsageError(f"{place}: write {usual!r}: a terminal does not tell {written} from it")
    known = is_sign or name in _NAMED or name in _sign_names()
    if not known or not all(one.lower() in _MODIFIERS for one in modifiers):
        raise UsageError(
            f"{place}: no key is called {written!r}; write a sign (l, G, /), a name (escape, enter, space, "
            "f5, pageup, comma), or ctrl+f, alt+x, shift+tab"
        )
    return normal


def as_written(key: str) -> str:
    """A key as a person writes it: `/` for `slash`; the comma, which parts keys, by its name."""
    *modifiers, last = key.split("+")
    sign = next((one for one in punctuation if one != "," and _sign_name(one) == last), last)
    return "+".join([*modifiers, sign])


def _look_for_clash(
    namespace: _Namespace, chosen: Mapping[str, KeyChoice], keys: Mapping[str, tuple[str, ...]]
) -> None:
    users: dict[str, list[str]] = {}
    for binding, default in namespace.keys.items():
        for key in keys.get(binding, tuple(default)):
            users.setdefault(key, []).append(binding)
    for key, bindings in users.items():
        # What shares a key unless anybody chooses does so on purpose: the one nearer to the focus counts.
        new = [one for one in bindings if one in chosen and key not in namespace.keys[one]]
        if not new or len(bindings) == 1:
            continue
        other = next(one for one in bindings if one != new[0])
        raise UsageError(
            f"{chosen[new[0]].place}: {new[0]}: the key {key!r} is that of {other} ({namespace.name}); "
            f"choose another, or another for {other}"
        )


@cache
def _namespaces() -> tuple[_Namespace, ...]:
    owners = _owners()
    app = [one for one in owners if issubclass(one, App)]
    found = []
    for screen in (one for one in owners if issubclass(one, Screen)):
        if any(screen in one.__mro__[1:] for one in owners):
            continue  # only what others are made from
        around = [] if issubclass(screen, ModalScreen) else app
        for focused in ([], *([one] for one in _inside(screen))):
            found.append(_Namespace(_name(screen), _keys_of([screen, *focused, *around])))
    return tuple(found)


def _inside(screen: type[DOMNode]) -> tuple[type[DOMNode], ...]:
    """The widgets that a screen is made of: those that its module names, and theirs."""
    found: dict[type[DOMNode], None] = {}
    waiting = [screen]
    while waiting:
        for one in vars(sys.modules[waiting.pop().__module__]).values():
            is_widget = isinstance(one, type) and issubclass(one, Widget) and not issubclass(one, Screen)
            if is_widget and one.__module__.startswith(_OURS) and one not in found:
                found[one] = None
                waiting.append(one)
    return tuple(found)


def _keys_of(owners: Iterable[type[DOMNode]]) -> Mapping[str, frozenset[str]]:
    keys: dict[str, set[str]] = {}
    for owner in owners:
        for base in owner.__mro__:
            if base.__module__.startswith(_OURS):
                for binding in Binding.make_bindings(_own_bindings(base)):
                    if binding.id:
                        keys.setdefault(binding.id, set()).add(binding.key)
    return {binding: frozenset(own) for binding, own in keys.items()}


@cache
def _owners() -> tuple[type[DOMNode], ...]:
    """The console's classes that may have bindings: the app, then by module and name."""
    for module in walk_packages(console.tui.__path__, _OURS):
        import_module(module.name)
    found: set[type[DOMNode]] = set()
    waiting: list[type[DOMNode]] = [DOMNode]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith(_OURS):
                found.add(one)
    return tuple(sorted(found, key=lambda one: (not issubclass(one, App), one.__module__, one.__qualname__)))


def _own_bindings(owner: type) -> Iterator[Binding]:
    for one in owner.__dict__.get("BINDINGS", ()):
        yield one if isinstance(one, Binding) else Binding(*one)


def _name(owner: type) -> str:
    if issubclass(owner, App):
        return "app"
    words = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in owner.__name__.lstrip("_"))
    return words.strip().removesuffix(" screen")


def _by_number(keys: Iterable[str]) -> tuple[str, ...]:
    counts: dict[str, int] = {}
    for key in keys:
        counts[key.strip()] = counts.get(key.strip(), 0) + 1
    return tuple(sorted(counts, key=lambda key: -counts[key]))


def _sign_name(sign: str) -> str:
    # The comma parts keys where they are listed.
    return "comma" if sign == "," else next(iter(Binding.make_bindings([Binding(sign, "")]))).key


@cache
def _sign_names() -> frozenset[str]:
    return frozenset(map(_sign_name, punctuation))


def _hint(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(known), 1)
    return f"did you mean {close[0]}?" if close else "`icon config keys` lists all"
