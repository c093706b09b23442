"""Applying to one or more targets: every target passes its safety check before the first write to any."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bylaw.cli.deployment import stoppable, surroundings
from bylaw.cli.output import Report, show
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import TargetId
from bylaw.pipeline.deploy import Revision, apply_target, demand_forward, plan_target
from bylaw.pipeline.targets import open_target
from bylaw.reconcile.apply import ApplyReport
from bylaw.reconcile.plan_file import SavedPlan

if TYPE_CHECKING:
    from rich.text import Text


def apply_targets(
    session: Session,
    revision: Revision,
    targets: Sequence[TargetId],
    *,
    approved: Mapping[str, SavedPlan] | None = None,
    heal: bool | None = None,
) -> tuple[ApplyReport, ...]:
    """Apply a commit to `targets`.

    Raises:
        ConflictError, UnsafePlanError, VerificationError: one of them was refused; nothing was written to any.
    """
    with stoppable(surroundings(session)) as around, ExitStack() as stack:
        opened = [stack.enter_context(open_target(revision.settings, target, around)) for target in targets]
        for target in opened:
            demand_forward(session.git, revision, target)
            plan_target(revision, target, around, heal=heal).demand_safe()
        return tuple(
            apply_target(
                session.git, revision, target, around, approved=approved[target.id] if approved else None, heal=heal
            )
            for target in opened
            if not around.stop()
        )


def show_reports(command: str, reports: Sequence[ApplyReport], format_: str, output: str) -> int:
    """Show how applies ended."""
    from bylaw.reporting.applied import ApplyResults, applied_section  # noqa: PLC0415 - start-up time

    written = sum(report.written for report in reports)
    report = Report(
        command=command,
        exit_codes=tuple(report.exit_code for report in reports if report.exit_code is not ExitCode.OK),
        text=lambda: _texts(reports),
        sections=lambda: [applied_section(report) for report in reports],
        results=lambda: [ApplyResults(tuple(reports))],
        outputs={"verdict": "changed" if written else "no-changes"},
    )
    return show(report, format_, output)


def _texts(reports: Sequence[ApplyReport]) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - only when text is written

    from bylaw.reporting.applied import applied_text  # noqa: PLC0415

    return Text("\n").join(applied_text(report) for report in reports)
