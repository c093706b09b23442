"""`bylaw history`."""

import click

from bylaw.cli.deployment import chosen_targets, surroundings
from bylaw.cli.options import target_option, workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import PolicyRef
from bylaw.pipeline.history import history
from bylaw.pipeline.targets import open_target
from bylaw.reporting.history import HistoryEntry, HistoryResults, history_text


@click.command("history")
@click.argument("policy", metavar="APP/POLICY")
@target_option
@format_options("text", "json")
@click.pass_obj
def command(session: Session, /, policy: str, targets: tuple[str, ...], format_: str, output: str) -> int:
    """The numbered versions of a policy: digest, author, commit, and when each was in force on which target."""
    try:
        ref = PolicyRef.parse(policy)
    except ValueError as error:
        raise UsageError(f"`{policy}` names no policy", help="write it as `app/area/policy`") from error
    settings = workspace_of(session, ()).settings
    around = surroundings(session)
    entries: list[HistoryEntry] = []
    for target in chosen_targets(settings, targets):
        with open_target(settings, target, around) as opened:
            entries.extend(history(opened, ref))
    report = Report(
        command="history",
        text=lambda: history_text(str(ref), entries),
        results=lambda: [HistoryResults(str(ref), tuple(entries))],
    )
    return show(report, format_, output)
