"""`bylaw rollout`."""

import click

from bylaw.cli.deployment import chosen_targets, surroundings
from bylaw.cli.options import target_option
from bylaw.cli.output import Report, format_options, show
from bylaw.cli.session import Session
from bylaw.model.errors import InvalidInputError, UsageError
from bylaw.pipeline.deploy import plan_target, read_revision
from bylaw.pipeline.rollout import read_flips
from bylaw.pipeline.targets import open_target
from bylaw.reporting.rollout import RolloutResults, rollout_text
from bylaw.repository.documents.settings import Settings


@click.group("rollout")
def command() -> None:
    """Follow policies through the stages that a target sets before they decide requests."""


@command.command("status")
@target_option
@click.option("--rev", "revision", metavar="REV", default="HEAD", show_default=True, help="The commit to follow.")
@format_options("text", "json")
@click.pass_obj
def status(session: Session, /, targets: tuple[str, ...], revision: str, format_: str, output: str) -> int:
    """Where each policy is, and what keeps it there. Writes nothing."""
    found = read_revision(session.git, revision, session.now)
    around = surroundings(session)
    plans = []
    for target in _staged_targets(found.settings, targets):
        _demand_flips(session, found.settings, target)
        with open_target(found.settings, target, around) as opened:
            plans.append(plan_target(found, opened, around).plan)
    results = RolloutResults(tuple(plans))
    report = Report(command="rollout", text=lambda: rollout_text(results), results=lambda: [results])
    return show(report, format_, output)


def _staged_targets(settings: Settings, given: tuple[str, ...]) -> tuple[str, ...]:
    chosen = chosen_targets(settings, given)
    staged = tuple(name for name in chosen if settings.targets[name].rollout is not None)
    missing = [name for name in given if name not in staged]
    if missing or not staged:
        where = f"target `{missing[0]}` has" if missing else "no target has"
        raise UsageError(
            f"{where} `rollout` in `bylaw.yaml`", help="add `rollout: {stages: [{mode: log_only}, {mode: active}]}`"
        )
    return staged


def _demand_flips(session: Session, settings: Settings, target: str) -> None:
    """Here a person looks: a file that an apply would pass over is an error. Before anything was counted there is none."""
    rollout = settings.targets[target].rollout
    if rollout is not None and rollout.flips is not None:
        _, problems = read_flips(session.root, rollout.flips)
        if any(problem.code != "missing-file" for problem in problems):
            raise InvalidInputError(problems)
