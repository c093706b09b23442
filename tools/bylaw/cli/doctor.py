"""`bylaw doctor`."""

import click

from bylaw.backends.diagnosis import Health
from bylaw.cli.deployment import chosen_targets, surroundings
from bylaw.cli.options import target_option, workspace_of
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.doctor import examine
from bylaw.reporting.doctor import DoctorResults, ExaminedTarget, doctor_text


@click.command("doctor")
@target_option
@format_options("text", "json")
@click.pass_obj
def command(session: Session, /, targets: tuple[str, ...], format_: str, output: str) -> int:
    """Check that targets can be reached, read and written, and say what to fix. Writes nothing."""
    settings = workspace_of(session).settings
    around = surroundings(session)
    found = [examine(settings, target, around) for target in chosen_targets(settings, targets)]
    results = DoctorResults(tuple(ExaminedTarget(item.target, item.health, item.probes) for item in found))
    report = Report(
        command="doctor",
        exit_codes=(ExitCode.FINDINGS,) if any(item.health is Health.BAD for item in found) else (),
        text=lambda: doctor_text(results),
        results=lambda: [results],
    )
    return show(report, format_, output)
