"""The full check behind `bylaw check`, and what it has to say."""

import time
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from rich.text import Text

from bylaw.cli.options import Sources, problems_of
from bylaw.cli.output import Report
from bylaw.cli.progress import progress
from bylaw.cli.session import Session
from bylaw.model.diagnostics import Diagnostics, Severity
from bylaw.model.exit_codes import ExitCode
from bylaw.model.identifiers import AppId
from bylaw.pipeline.check import CheckReport, check
from bylaw.pipeline.clean import Clean
from bylaw.pipeline.invariants import InvariantRun, failures
from bylaw.pipeline.measuring import explanations
from bylaw.pipeline.workspace import read_programs
from bylaw.reporting.problem import Problem, amount, from_finding
from bylaw.reporting.suites import SuiteResults, suites_headline, suites_section, suites_text
from bylaw.repository.layout import PolicyRepository

if TYPE_CHECKING:
    from bylaw.analysis.smt.room import Options
    from bylaw.reporting.invariants import ProofResults


def check_apps(
    session: Session,
    repository: PolicyRepository,
    problems: Diagnostics,
    apps: Collection[str],
    fail_on: str | None,
    clean: Mapping[AppId, Clean],
) -> tuple[CheckReport, Report]:
    """Check `apps`; the report counts those in `clean` too.

    Raises:
        UsageError: there is no app of one of the names.
    """
    workspace = read_programs(repository, problems, apps)
    with progress() as told:
        level = Severity(fail_on) if fail_on else None
        found = check(workspace, session.now.date(), _solving, fail_on=level, progress=told)
    report = Report(
        command="check",
        exit_codes=found.exit_codes,
        problems=_problems(found),
        text=lambda: _text(found, clean),
        sections=lambda: [suites_section(_tests(found))],
        results=lambda: [_tests(found), *_proofs(found)],
        outputs={"verdict": "passed" if found.exit_code is ExitCode.OK else "failed"},
        sources=Sources(workspace),
    )
    return found, report


def _problems(found: CheckReport) -> tuple[Problem, ...]:
    findings = (from_finding(finding) for finding in found.lint.findings)
    return (*problems_of((*found.problems, *failures(found.invariants), *found.unformatted)), *findings)


def _solving() -> "Options":
    from bylaw.pipeline.proving import proving  # noqa: PLC0415 - the solver half, only where something is to be proved

    started = time.monotonic()
    return proving(lambda: time.monotonic() - started)


def _text(found: CheckReport, clean: Mapping[AppId, Clean]) -> Text:
    text = Text()
    for app, run in found.runs.items():
        if run.failed:
            text.append_text(suites_text(app, run.report, explanations(run), verbose=False))
    policies = found.policies + sum(record.policies for record in clean.values())
    bundles = len(found.bundles) + sum(record.bundles for record in clean.values())
    apps = amount(len(found.runs) + len(clean), "app")
    text.append(f"{amount(policies, 'policy')} in {apps}, {amount(bundles, 'bundle')}. ")
    before = sum(record.cases for record in clean.values())
    reports = {app: run.report for app, run in found.runs.items()}
    text.append_text(suites_headline(reports, passed_before=before)).append(". ")
    text.append_text(_proved(found.invariants))
    text.append(f"{found.lint.headline}.", style="bold green" if found.exit_code is ExitCode.OK else "bold red")
    if clean:
        text.append(f" {amount(len(clean), 'app')} unchanged since found clean.", style="dim")
    return text


def _proofs(found: CheckReport) -> "list[ProofResults]":
    if not found.invariants.proofs:
        return []
    from bylaw.reporting.invariants import ProofResults  # noqa: PLC0415 - only with invariants

    return [ProofResults(found.invariants.proofs)]


def _proved(run: InvariantRun) -> Text:
    if not run.proofs:
        return Text()
    failed = len(run.failed)
    if failed:
        return Text(f"{failed} of {amount(len(run.proofs), 'invariant')} not proved. ", style="bold red")
    return Text(f"{amount(len(run.proofs), 'invariant')} proved", style="bold green").append(". ", style="none")


def _tests(found: CheckReport) -> SuiteResults:
    return SuiteResults(
        {app: run.report for app, run in found.runs.items()},
        {app: explanations(run) for app, run in found.runs.items()},
    )
