"""Filtering, wherever one is: write one, clear it, list what it lets through."""

from __future__ import annotations

from dataclasses import replace

from textual.app import App

from console.model import NO_FILTER, View
from console.tui.desk import Desk
from console.tui.filter.bar import FilterBar
from console.tui.requests.screen import RequestsScreen
from console.tui.screen import ConsoleScreen


def write_filter(app: App[None], desk: Desk) -> None:
    """The bar is open, with the filter that is in force on this screen."""
    screen = app.screen
    if not isinstance(screen, ConsoleScreen):
        return

    def look(view: View | None) -> None:
        if view is not None:
            look_at(app, desk, view)

    app.push_screen(FilterBar(desk, screen.view, screen.setting.viewing.earlier), look)


def look_at(app: App[None], desk: Desk, view: View) -> None:
    """This view is in force; a screen that does not follow it gives way to the list of its requests."""
    screen = app.screen
    if isinstance(screen, ConsoleScreen):
        screen.look(view)
        if view.filter and not screen.obeys_filter:
            list_requests(app, desk)
        app.refresh_bindings()


def clear_filter(app: App[None], desk: Desk) -> None:
    """No filter is in force on this screen."""
    screen = app.screen
    if isinstance(screen, ConsoleScreen):
        look_at(app, desk, replace(screen.view, filter=NO_FILTER))


def list_requests(app: App[None], desk: Desk) -> None:
    """The requests of the view that the screens share are listed."""
    screen = app.screen
    if isinstance(screen, ConsoleScreen):
        listed = RequestsScreen(desk, screen.setting)
        if screen.snapshot is not None:
            listed.show(screen.snapshot)
        app.push_screen(listed)
