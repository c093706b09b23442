"""`bylaw reconcile`."""

import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bylaw.cli.applying import apply_to, show_results
from bylaw.cli.deployment import chosen_targets, stoppable, surroundings
from bylaw.cli.options import target_option
from bylaw.cli.output import format_options, write_file
from bylaw.cli.session import Session
from bylaw.model.errors import BylawError, ConflictError, UsageError
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import TargetId
from bylaw.pipeline.deploy import Revision, plan_target, read_revision
from bylaw.pipeline.targets import Surroundings, open_target
from bylaw.reconcile.loop import Loop, TargetStatus, TurnResult
from bylaw.reconcile.metrics import render_metrics

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger as BoundLogger


@click.command("reconcile")
@target_option
@click.option(
    "--rev", "revision", metavar="REV", default="HEAD", show_default=True, help="The commit to bring targets to."
)
@click.option("--plan-hash", metavar="HASH", help="Apply only if planning gives this hash (with one target).")
@click.option("--heal/--no-heal", default=None, help="Undo drift, or leave it; default: the target's `drift` setting.")
@click.option("--loop", is_flag=True, help="Again and again, until stopped.")
@click.option(
    "--interval", type=click.IntRange(min=1), default=300, show_default=True, help="Seconds between turns of the loop."
)
@click.option("--turns", type=click.IntRange(min=1), help="End the loop after so many turns.")
@click.option("--metrics", metavar="FILE", help="Write Prometheus metrics to FILE after each turn of the loop.")
@format_options("text", "json", "markdown", "github")
@click.pass_obj
def command(
    session: Session,
    /,
    targets: tuple[str, ...],
    revision: str,
    plan_hash: str | None,
    heal: bool | None,
    format_: str,
    output: str,
    **loop: object,
) -> int:
    """Bring targets to what a commit says, and read back that they are.

    A second run changes nothing. Stopped or killed at any point, the next run converges.
    """
    if loop["loop"]:
        return _loop(session, targets, revision, heal, loop)
    found = read_revision(session.git, revision, session.now)
    chosen = chosen_targets(found.settings, targets)
    if plan_hash is not None:
        _demand_hash(session, found, chosen, plan_hash, heal)
    results = apply_to(session, found, chosen, heal=heal)
    return show_results("reconcile", results, format_, output, found.caveats(chosen))


def _demand_hash(
    session: Session, revision: Revision, targets: tuple[TargetId, ...], wanted: str, heal: bool | None
) -> None:
    around = surroundings(session)
    for target in targets:
        with open_target(revision.settings, target, around) as opened:
            plan = plan_target(revision, opened, around, heal=heal).plan
        if len(targets) != 1 or len(wanted) < 12 or not plan.hash.startswith(wanted.lower()):
            message = f"the plan for `{target}` has the hash {plan.hash[:12]}, not `{wanted[:64]}`"
            raise ConflictError(message, help="plan again and have the new plan reviewed")


def _loop(
    session: Session, targets: tuple[str, ...], revision: str, heal: bool | None, options: dict[str, object]
) -> int:
    chosen = chosen_targets(read_revision(session.git, revision, session.now).settings, targets)
    metrics, turns = options["metrics"], options["turns"]
    if isinstance(metrics, str) and not Path(metrics).absolute().parent.is_dir():
        raise UsageError(f"no folder for `{metrics}`", help="make it, or name another file")
    logger = _logger()
    with stoppable(surroundings(session)) as around:

        def publish(statuses: Sequence[TargetStatus]) -> None:
            for status in statuses:
                _log(logger, status, around)
            if isinstance(metrics, str):
                _replace(Path(metrics), render_metrics(statuses, around.clock()))

        loop = Loop(
            targets=chosen,
            turn=lambda target: _turn(session, revision, target, heal),
            suspended=lambda target: _suspended(session, revision, target),
            publish=publish,
            clock=around.clock,
            patience=around.patience,
            stop=around.stop,
        )
        statuses = loop.run(float(str(options["interval"])), turns if isinstance(turns, int) else None)
    return ExitCode.OK if all(not status.error for status in statuses) else ExitCode.PARTIAL_APPLY


def _turn(session: Session, revision: str, target: TargetId, heal: bool | None) -> TurnResult:
    """One convergence of one target, at whatever the revision names by now."""
    found = read_revision(session.git, revision, session.now)
    (result,) = apply_to(session, found, (target,), heal=heal)
    if result.report is None:
        raise result.error or ConflictError(f"`{target}` was not tried", help="the next turn tries again")
    report = result.report
    return TurnResult(
        commit=report.plan.commit,
        written=report.written,
        drift=report.plan.drift,
        engine_drift=report.plan.engine_drift,
        pending_deletes=report.pending_deletes,
        complete=report.exit_code is ExitCode.OK,
    )


def _suspended(session: Session, revision: str, target: TargetId) -> bool:
    try:
        settings = read_revision(session.git, revision, session.now).settings.targets[target]
    except (BylawError, KeyError):
        return False
    return settings.suspend is not None and settings.suspend.until > session.now


def _logger() -> "BoundLogger":
    """Writes one logfmt line an event to standard error."""
    import structlog  # noqa: PLC0415 - costs more than a whole short run; only the loop logs

    structlog.configure(
        processors=[structlog.processors.LogfmtRenderer(key_order=["time", "target", "commit"], drop_missing=True)],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    return structlog.get_logger()  # type: ignore[no-any-return] # typed so by the library


def _log(logger: "BoundLogger", status: TargetStatus, around: Surroundings) -> None:
    facts = {"error": status.error} if status.error else {}
    logger.info(
        "turn",
        time=around.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        target=status.target,
        commit=status.applied_commit[:12] or "none",
        changes=status.changes,
        drift=sum(item.ignored is None for item in status.drift) + len(status.engine_drift),
        suspended=status.suspended,
        **facts,
    )


def _replace(path: Path, text: str) -> None:
    """Write whole files only: a scraper never sees half of one."""
    beside = path.with_name(f".{path.name}.new")
    write_file(str(beside), text)
    beside.replace(path)
