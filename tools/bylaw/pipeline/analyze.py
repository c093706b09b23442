"""What a solver proves about the apps of a workspace, as findings: the rules of the area `proven`, under settings and baseline."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from bylaw.analysis.configuration import RuleConfig
from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area
from bylaw.analysis.rules.suppression.stale_baseline_entry import StaleBaselineEntry
from bylaw.analysis.rules.suppression.unused_suppression import UnusedSuppression
from bylaw.analysis.runner import lint
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import PolicyRef
from bylaw.pipeline.linting import LintRun, app_contexts, load_baseline, rule_configs, translated_contexts
from bylaw.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from bylaw.pipeline.proving import Prove

LEFTOVERS = (UnusedSuppression, StaleBaselineEntry)
"""Only a run in which everything was settled can say that a suppression or baseline entry has nothing left to cover."""

Progress = Callable[[str], None]
"""Told what begins; a terminal may show it."""


@dataclass(frozen=True)
class AnalyzeRun:
    """What was found, and what could not be settled."""

    found: LintRun
    unsettled: Mapping[PolicyRef, str]
    """Policies with the reason."""


def analyze_workspace(
    workspace: Workspace,
    today: date,
    prove: "Prove",
    *,
    progress: Progress = lambda _: None,
) -> AnalyzeRun:
    """Prove what can be proved of each app, and run the rules that read it.

    Nothing is proved while something in the workspace cannot be read: a policy that is left out changes what the others do.

    Args:
        workspace: The apps.
        today: For suppressions that end.
        prove: The solver.
        progress: Told which app begins.
    """
    configs, problems = rule_configs(workspace)
    baseline, found = load_baseline(workspace)
    contexts = [_proved(context, prove, progress) for context in _readable(workspace, today)]
    unsettled = {ref: why for context in contexts if context.proven for ref, why in context.proven.unknown.items()}
    leftovers = not unsettled
    chosen = _chosen(configs, leftovers=leftovers)
    report = lint(contexts, chosen, baseline=baseline)
    if not leftovers:
        report = replace(report, stale=())
    return AnalyzeRun(LintRun(report, chosen, baseline, (*problems, *found, *_left_out(workspace))), unsettled)


def _readable(workspace: Workspace, today: date) -> Iterator[AppContext]:
    if not any(problem.severity is Severity.ERROR for problem in workspace.diagnostics):
        yield from app_contexts(workspace, today)
        yield from translated_contexts(workspace, today)


def _proved(context: AppContext, prove: "Prove", progress: Progress) -> AppContext:
    if context.program.schema is None:
        return context
    progress(f"prove {context.program.app}")
    return replace(context, proven=prove(context.program))


def _chosen(configs: Sequence[RuleConfig], *, leftovers: bool) -> tuple[RuleConfig, ...]:
    """Every rule, those of other verbs switched off: nothing is said of suppressions for them."""
    runs = {config.rule for config in configs if config.rule.area is Area.PROVEN} | {*(LEFTOVERS if leftovers else ())}
    return tuple(
        config if config.rule in runs else config._replace(level=None, source="nothing for a solver")
        for config in configs
    )


def _left_out(workspace: Workspace) -> Iterator[Diagnostic]:
    for app in workspace.cedar_apps:
        if app.document.schema_ is None:
            span, remedy = app.places.span(()), "name one as `schema` in `app.yaml`"
            yield Diagnostic("not-analysed", "not analysed: no schema", span, remedy, Severity.WARNING)
