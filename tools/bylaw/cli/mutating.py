"""Mutation for `bylaw test`, with what a solver adds to it where one is installed."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bylaw.cli.run_options import RunOptions
from bylaw.cli.session import Session
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import AppId
from bylaw.pipeline import measuring
from bylaw.pipeline.suites import CedarRun, SuiteRun
from bylaw.pipeline.workspace import Workspace
from bylaw.testing.coverage import CoverageReport
from bylaw.testing.mutant import BaseMutant
from bylaw.testing.mutation import MutationReport

if TYPE_CHECKING:
    from bylaw.analysis.smt.room import Options
    from bylaw.testing.suggest import Suggestions


def mutated(
    session: Session,
    workspace: Workspace,
    runs: Mapping[AppId, SuiteRun],
    coverage: Mapping[AppId, CoverageReport],
    options: RunOptions,
) -> "tuple[dict[AppId, MutationReport[BaseMutant]], dict[AppId, Suggestions]]":
    """The mutation of each app, with what a solver proves where there is one, and what could be suggested.

    Raises:
        UsageError: cases are to be suggested, and no solver is installed.
    """
    if not (options.flag("mutate") or options.flag("suggest")):
        return {}, {}
    other = {app: measuring.document_mutation(run) for app, run in runs.items() if not isinstance(run, CedarRun)}
    found, suggestions = _of_cedar(session, workspace, runs, coverage, options)
    return {**found, **other}, suggestions


def _of_cedar(
    session: Session,
    workspace: Workspace,
    runs: Mapping[AppId, SuiteRun],
    coverage: Mapping[AppId, CoverageReport],
    options: RunOptions,
) -> "tuple[dict[AppId, MutationReport[BaseMutant]], dict[AppId, Suggestions]]":
    cedar = {app: run for app, run in runs.items() if isinstance(run, CedarRun)}
    solving = _solving(options)
    if solving is None:
        return {app: measuring.mutation(run) for app, run in cedar.items()}, {}
    from bylaw.pipeline.settling import prover  # noqa: PLC0415 - only where something has to be proved
    from bylaw.pipeline.suggesting import suggest  # noqa: PLC0415

    if not options.flag("suggest"):
        return {app: measuring.mutation(run, prove=prover(run.program, solving)) for app, run in cedar.items()}, {}
    found = {
        app: suggest(
            run,
            workspace.repository.by_id[app],
            coverage[app],
            measuring.mutation(run),
            solving,
            session.now.date(),
        )
        for app, run in cedar.items()
        if not run.unusable
    }
    return {app: one.mutation for app, one in found.items()}, {app: one.suggestions for app, one in found.items()}


def _solving(options: RunOptions) -> "Options | None":
    from bylaw.pipeline.proving import proving  # noqa: PLC0415 - the solver is loaded only where something has to be proved

    started = time.monotonic()
    try:
        return proving(lambda: time.monotonic() - started, seconds=options.seconds)
    except UsageError:
        if options.flag("suggest"):
            raise
        return None
