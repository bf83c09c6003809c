"""The screens that are made ahead of need, the one that is opened most often first."""

from __future__ import annotations

from collections.abc import Callable

from console.model import Alert, QueryCall, RowId, View
from console.tui.ahead import Makers
from console.tui.alert.screen import AlertScreen
from console.tui.desk import Desk
from console.tui.evaluate.screen import EvaluateScreen
from console.tui.export.dialog import Export, ExportDialog
from console.tui.filter.bar import FilterBar
from console.tui.handover.dialog import HandoverDialog
from console.tui.help.screen import HelpScreen
from console.tui.labels.bar import LabelBar
from console.tui.labels_list.screen import LabelsScreen
from console.tui.queries.screen import QueriesScreen
from console.tui.rejects.screen import RejectsScreen
from console.tui.request.screen import RequestScreen
from console.tui.requests.screen import RequestsScreen
from console.tui.screen import Setting
from console.tui.sources.screen import SourcesScreen
from console.tui.sql.screen import SqlScreen

_NO_ROW = RowId(0, 0)
_NO_EXPORT = Export("", lambda: QueryCall(""), 0, newest=False)


def likely_screens(desk: Desk, setting: Setting, some_alert: Callable[[], Alert | None]) -> Makers:
    """How they are made. What they are to be about is told to each when it stands in for another."""

    def alert_screen() -> AlertScreen | None:
        alert = some_alert()
        return None if alert is None else AlertScreen(desk, setting, alert)

    return {
        RequestScreen: lambda: RequestScreen(desk, setting, _NO_ROW),
        AlertScreen: alert_screen,
        FilterBar: lambda: FilterBar(desk, View()),
        HelpScreen: lambda: HelpScreen("", ()),
        RequestsScreen: lambda: RequestsScreen(desk, setting),
        SourcesScreen: lambda: SourcesScreen(desk, setting),
        LabelBar: lambda: LabelBar(desk, (), ()),
        SqlScreen: lambda: SqlScreen(desk, setting),
        QueriesScreen: lambda: QueriesScreen(desk, setting),
        LabelsScreen: lambda: LabelsScreen(desk, setting),
        EvaluateScreen: lambda: EvaluateScreen(desk, setting),
        ExportDialog: lambda: ExportDialog(desk, _NO_EXPORT),
        HandoverDialog: lambda: HandoverDialog(desk, View(), None, alone=False),
        RejectsScreen: lambda: RejectsScreen(desk, setting),
    }
