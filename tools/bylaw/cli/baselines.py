"""Writing the baseline file: what `lint` and `analyze` do when they are asked to accept what there is."""

import sys

from bylaw.analysis.baseline import dump_baseline, entries_for, prune
from bylaw.analysis.runner import never_baselined
from bylaw.cli.session import Session
from bylaw.model.exit_codes import ExitCode
from bylaw.pipeline.linting import LintRun
from bylaw.pipeline.workspace import Workspace


def rewrite_baseline(session: Session, workspace: Workspace, run: LintRun, *, pruned: bool) -> int:
    """Write the baseline file: every finding of `run` beside what stays of it, or only without stale entries; the exit code."""
    if pruned:
        entries = prune(run.baseline.entries, run.report.stale)
    else:
        # Entries of apps that were not looked at stay.
        kept = prune(run.baseline.entries, run.report.stale)
        entries = (*kept, *entries_for(run.report.findings, never_baselined(run.configs)))
    path = session.root / workspace.settings.lint.baseline
    path.write_text(dump_baseline(entries), encoding="utf-8")
    sys.stderr.write(f"{workspace.settings.lint.baseline}: {len(entries)} entries\n")
    return ExitCode.OK
