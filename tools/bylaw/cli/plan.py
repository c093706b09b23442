"""`bylaw plan`."""

import click
from rich.text import Text

from bylaw.cli.deployment import chosen_targets, surroundings
from bylaw.cli.options import problems_of, target_option
from bylaw.cli.output import Report, format_options, show, write_file
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.deploy import Reading, begin_reading, plan_target
from bylaw.pipeline.targets import open_target
from bylaw.reconcile.apply import Prepared
from bylaw.reconcile.plan_file import dump_plans
from bylaw.reporting.plan import PlanResults, plan_section, plan_text


@click.command("plan")
@target_option
@click.option("--rev", "revision", metavar="REV", default="HEAD", show_default=True, help="The commit to plan.")
@click.option(
    "--guard", metavar="REV", help="Take limits and waivers from this commit, such as the base of a pull request."
)
@click.option("-o", "--out", metavar="FILE", help="Save the plan for review and `bylaw apply FILE`.")
@click.option("--heal/--no-heal", default=None, help="Undo drift, or leave it; default: the target's `drift` setting.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 6 if there are changes.")
@click.option("--show-text", is_flag=True, help="Show the text of each change.")
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def command(
    session: Session,
    /,
    targets: tuple[str, ...],
    revision: str,
    guard: str | None,
    heal: bool | None,
    format_: str,
    output: str,
    **more: object,
) -> int:
    """What an apply of a commit would change on its targets. Writes nothing to them."""
    reading = begin_reading(session.git, revision, session.now, guard)
    chosen = chosen_targets(reading.settings, targets)
    prepared = tuple(_plan(session, reading, target, heal) for target in chosen)
    if isinstance(more["out"], str):
        write_file(more["out"], dump_plans([item.plan for item in prepared], session.now))
    report = Report(
        command="plan",
        problems=problems_of(reading.demand().caveats(chosen)),
        exit_codes=exit_codes(prepared, detailed=bool(more["detailed_exitcode"])),
        text=lambda: plan_texts(prepared, show_text=bool(more["show_text"])),
        sections=lambda: [plan_section(item.plan, item.safety) for item in prepared],
        results=lambda: [PlanResults(tuple((item.plan, item.safety) for item in prepared))],
        outputs=outputs(prepared),
    )
    return show(report, format_, output)


def _plan(session: Session, reading: Reading, target: str, heal: bool | None) -> Prepared:
    around = surroundings(session)
    with open_target(reading.settings, target, around) as opened:
        return plan_target(reading.demand(), opened, around, heal=heal)


def exit_codes(prepared: tuple[Prepared, ...], *, detailed: bool) -> tuple[ExitCode, ...]:
    """What the plans come to."""
    codes = []
    if any(item.plan.conflicts for item in prepared):
        codes.append(ExitCode.CONFLICT)
    if any(not item.safety.is_safe for item in prepared):
        codes.append(ExitCode.UNSAFE_PLAN)
    if detailed and any(not item.plan.is_empty for item in prepared):
        codes.append(ExitCode.CHANGES_EXIST)
    return tuple(codes)


def plan_texts(prepared: tuple[Prepared, ...], *, show_text: bool = False) -> Text:
    """All plans, one below the other."""
    return Text("\n").join(plan_text(item.plan, item.safety, show_text=show_text) for item in prepared)


def outputs(prepared: tuple[Prepared, ...]) -> dict[str, str]:
    """Step outputs; the hash only where one plan speaks for the run."""
    changed = any(not item.plan.is_empty for item in prepared)
    hashes = {"plan-hash": prepared[0].plan.hash} if len(prepared) == 1 else {}
    return {"verdict": "changes" if changed else "no-changes", **hashes}
