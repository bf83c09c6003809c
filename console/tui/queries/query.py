"""One canned query: a form for its parameters, and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from console.model import ParamInfo, QueryCall, QueryInfo
from console.tui.alert.query import QueryView
from console.tui.answers import post_answer
from console.tui.desk import AskingDesk
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings, view_of, view_text
from console.tui.queries.asking import AskingScreen
from console.tui.queries.result import Result
from console.tui.safe import cut, visible
from console.tui.screen import Setting, reason
from console.tui.widgets.heading import Heading

_READING = "Query cannot be read"


class QueryScreen(AskingScreen):
    """A form, and what the query answers when it is filled in so."""

    about = "Query"
    kind = "query"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "run", "run again", id="query.run", tooltip="ask again, with the values of the form"),
        Binding("e", "edit", "parameters", id="query.edit", tooltip="change the parameters"),
        Binding("s", "sql", "SQL text", id="query.text", tooltip="the query's text and its parameters"),
    ]

    @dataclass
    class Known(Message):
        """What the query takes is known."""

        query: QueryInfo | None

    @dataclass
    class Checked(Message):
        """Whether the values of the form can be used is known."""

        call: QueryCall
        wrong: Mapping[str, str]

    def __init__(
        self, desk: AskingDesk, setting: Setting, call: QueryCall, *, ask_first: bool = False
    ) -> None:
        """With `ask_first` it is not run before the person says so."""
        super().__init__(desk, setting)
        self._call = call
        self._ask_first = ask_first
        self._query: QueryInfo | None = None

    # --- as a place -----------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"query {self._call.query}"

    def opened_with(self) -> Mapping[str, str]:
        return {"call": call_text(self._call), "ask_first": "yes" if self._ask_first else ""}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> QueryScreen | None:
        call = call_of(opened_with.get("call", ""))
        if call is None:
            return None
        return cls(around.desk, around.setting, call, ask_first=bool(opened_with.get("ask_first")))

    # --- the form ---------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        with Vertical(id="query", classes="pane"):
            yield Heading(visible(self._call.query), "reading …", id="query-title")
            with VerticalScroll(id="query-form", can_focus=False):
                yield from ()
        yield Result()

    def on_mount(self) -> None:
        self._look_up()

    @work(thread=True, exclusive=True, group="query")
    def _look_up(self) -> None:
        def ask() -> Message:
            found = (one for one in self._asking_desk.queries() if one.name == self._call.query)
            return self.Known(next(found, None))

        post_answer(self, _READING, ask)

    @on(Known)
    async def take_query(self, message: Known) -> None:
        query = self._query = message.query
        if query is None:
            self.query_one("#query-title", Heading).show(("there is no such query any more", "$error"))
            return
        self.query_one("#query-title", Heading).show((visible(query.answers), "$dim"))
        form = self.query_one("#query-form", VerticalScroll)
        width = max((len(one.name) for one in query.params), default=0)
        await form.mount_all([_Field(one, self._call.params.get(one.name), width) for one in query.params])
        if self._ask_first and query.params:
            self.query(Input).first().focus()
            self.result.running("⏎ runs it")
        else:
            self.action_run()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self.query_one("#query-title", Heading).show((reason(message.error), "$error"))
        else:
            super().tell_failure(message)

    def _filled_in(self) -> QueryCall:
        given: dict[str, object] = {}
        for field in self.query(_Field):
            if (value := field.value) is not None:
                given[field.param.name] = value
        return replace(self._call, params=given)

    @on(Input.Submitted)
    def submitted(self) -> None:
        self.action_run()

    def action_run(self) -> None:
        self._check(self._filled_in())

    @work(thread=True, exclusive=True, group="check")
    def _check(self, call: QueryCall) -> None:
        post_answer(self, "Not run", lambda: self.Checked(call, self._asking_desk.query_problems(call)))

    @on(Checked)
    def take_check(self, message: Checked) -> None:
        first: _Field | None = None
        for field in self.query(_Field):
            problem = message.wrong.get(field.param.name, "")
            field.tell(problem)
            first = first or (field if problem else None)
        if first is not None:
            first.query_one(Input).focus()
        else:
            self._call = message.call
            self.ask(message.call)

    def action_edit(self) -> None:
        """The form has the keys."""
        if self.query(Input):
            self.query(Input).first().focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "edit":
            return bool(self._query and self._query.params)
        return super().check_action(action, parameters)

    def action_sql(self) -> None:
        if self._query is not None:
            self.app.push_screen(QueryView(self._query.name, self._query.sql, dict(self._call.params)))

    def on_key(self, event: events.Key) -> None:
        """Up and down move between the fields of the form."""
        if isinstance(self.focused, Input) and event.key in ("up", "down"):
            event.stop()
            (self.focus_previous if event.key == "up" else self.focus_next)(Input)


class _Field(Horizontal):
    """A parameter: its name, its value, and what it means or what is wrong with it."""

    def __init__(self, param: ParamInfo, given: object, width: int) -> None:
        super().__init__(classes="query-field")
        self.param = param
        self._given = given
        self._given_text = as_text(given)
        self._width = width

    def compose(self) -> ComposeResult:
        yield Static(
            Content.styled(visible(self.param.name).ljust(self._width), "$dim"), classes="query-name"
        )
        default = "must be given" if self.param.default is None else cut(self.param.default, 40) or "empty"
        yield Input(self._given_text, placeholder=default, select_on_focus=False, compact=True)
        yield Static(self._about(), classes="query-said")

    def on_mount(self) -> None:
        self.query_one(".query-name").styles.width = self._width + 1

    def _about(self) -> Content:
        kind = "time" if self.param.type == "timestamptz" else self.param.type
        about = f"; {self.param.about}" if self.param.about else ""
        hint = ", -1h or 2026-11-02T03:04Z" if kind == "time" else ""
        return Content.styled(visible(f"{kind}{hint}{about}"), "$dim")

    @property
    def value(self) -> object:
        """What was given or typed; None for the default."""
        text = self.query_one(Input).value
        if text == self._given_text:
            return self._given
        return text or None

    def tell(self, problem: str) -> None:
        """The reason why the value cannot be used stands beside it; what it means does if there is none."""
        said = Content.styled(f"✗ {cut(problem, 200)}", "$error") if problem else self._about()
        self.query_one(".query-said", Static).update(said)


def as_text(value: object) -> str:
    """A parameter's value as one would type it."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)


def call_text(call: QueryCall) -> str:
    """The call as JSON, from which `call_of` makes it again; times as text, which they may be given as."""
    params = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in call.params.items()
    }
    from console.model import View

    return json.dumps(
        {"query": call.query, "params": params, "view": view_text(View(call.filter))}, default=str
    )


def call_of(text: str) -> QueryCall | None:
    """The call that `call_text` told; None if the text is no such thing."""
    try:
        told = json.loads(text)
        query, params, view = told["query"], told["params"], view_of(told["view"])
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(query, str) or not isinstance(params, dict) or view is None:
        return None
    return QueryCall(query, params, view.filter)
