"""Applying to targets, and showing how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bylaw.cli.deployment import stoppable, surroundings
from bylaw.cli.options import problems_of
from bylaw.cli.output import Report, show
from bylaw.cli.session import Session
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import TargetId
from bylaw.pipeline.deploy import Revision, apply_targets
from bylaw.pipeline.targets import open_target
from bylaw.reconcile.apply import TargetResult, exit_code_of
from bylaw.reconcile.plan_file import SavedPlan
from bylaw.reporting.problem import from_error

if TYPE_CHECKING:
    from rich.text import Text


def apply_to(
    session: Session,
    revision: Revision,
    targets: Sequence[TargetId],
    *,
    approved: Mapping[str, SavedPlan] | None = None,
    heal: bool | None = None,
) -> tuple[TargetResult, ...]:
    """Apply a commit to `targets`.

    Raises:
        ConflictError, UnsafePlanError, VerificationError: one of them was refused; nothing was written to any.
    """
    with stoppable(surroundings(session)) as around, ExitStack() as stack:
        opened = [stack.enter_context(open_target(revision.settings, target, around)) for target in targets]
        return apply_targets(session.git, revision, opened, around, approved=approved, heal=heal)


def show_results(
    command: str, results: Sequence[TargetResult], format_: str, output: str, caveats: Iterable[Diagnostic]
) -> int:
    """Show how applies ended, and what whoever deploys should know."""
    from bylaw.reporting.applied import ApplyResults, applied_section  # noqa: PLC0415 - start-up time

    reports = tuple(result.report for result in results if result.report is not None)
    code = exit_code_of(results)
    report = Report(
        command=command,
        exit_codes=() if code is ExitCode.OK else (code,),
        problems=(
            *problems_of(caveats),
            *(problem for result in results if result.error for problem in from_error(result.error)),
        ),
        text=lambda: _texts(results),
        sections=lambda: [applied_section(report) for report in reports],
        results=lambda: [ApplyResults(reports)],
        outputs={"verdict": "changed" if any(report.written for report in reports) else "no-changes"},
    )
    return show(report, format_, output)


def _texts(results: Sequence[TargetResult]) -> "Text":
    from rich.text import Text  # noqa: PLC0415 - only when text is written

    from bylaw.reporting.applied import applied_text  # noqa: PLC0415

    texts = [applied_text(result.report) for result in results if result.report is not None]
    untried = [result.target for result in results if result.report is None and result.error is None]
    texts += [Text(f"{target}: not tried, because an earlier target failed\n") for target in untried]
    return Text("\n").join(texts)
