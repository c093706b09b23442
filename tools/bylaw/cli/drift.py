"""`bylaw drift`."""

import click
from rich.text import Text

from bylaw.cli.deployment import chosen_targets, surroundings
from bylaw.cli.options import target_option
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.deploy import plan_target, read_revision
from bylaw.pipeline.targets import open_target
from bylaw.reconcile.plan import Plan
from bylaw.reporting.drift import DriftResults, drift_section, drift_text


@click.command("drift")
@target_option
@click.option("--rev", "revision", metavar="REV", default="HEAD", show_default=True, help="The commit to compare with.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 6 if there is drift.")
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def command(
    session: Session, /, targets: tuple[str, ...], revision: str, detailed_exitcode: bool, format_: str, output: str
) -> int:
    """What was changed on targets outside of git, apart from what git wants changed. Writes nothing."""
    found = read_revision(session.git, revision, session.now)
    plans = []
    around = surroundings(session)
    for target in chosen_targets(found.settings, targets):
        with open_target(found.settings, target, around) as opened:
            plans.append(plan_target(found, opened, around).plan)
    drifted = any(plan.has_drift for plan in plans)
    report = Report(
        command="drift",
        exit_codes=(ExitCode.CHANGES_EXIST,) if drifted and detailed_exitcode else (),
        text=lambda: _texts(plans),
        sections=lambda: [drift_section(plan) for plan in plans],
        results=lambda: [DriftResults(tuple(plans))],
        outputs={"verdict": "drift" if drifted else "in-sync"},
    )
    return show(report, format_, output)


def _texts(plans: list[Plan]) -> Text:
    return Text("\n").join(drift_text(plan) for plan in plans)
