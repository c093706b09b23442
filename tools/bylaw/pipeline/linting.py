"""Lint rules over a workspace, under its settings and baseline."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from bylaw.analysis.baseline import EMPTY_BASELINE, Baseline, BaselineDocument
from bylaw.analysis.configuration import RuleConfig, configure
from bylaw.analysis.facts import AppContext, TargetLimits
from bylaw.analysis.finding import Hit, Persona
from bylaw.analysis.governance.view import GovernanceContext
from bylaw.analysis.http_rules.view import RulesContext
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.report import LintReport
from bylaw.analysis.runner import Context, check_policies, lint
from bylaw.backends.capabilities import capabilities_of
from bylaw.compile.governance_cedar.bundling import cedar_program, cedar_side
from bylaw.compile.governance_cedar.translation import translate
from bylaw.compile.registry import deployed_in
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.languages.http_rules.program import RulesProgram
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef, TargetId
from bylaw.model.spans import Span
from bylaw.pipeline.workspace import Workspace
from bylaw.repository.documents.loading import load_with_places
from bylaw.repository.documents.settings import RuleLevel
from bylaw.repository.layout import App, read_text

Tested: TypeAlias = frozenset[PolicyId] | Mapping[PolicyId, frozenset[str]]
"""Policies of a Cedar app that decided in some case; rules that did, by document."""


@dataclass(frozen=True)
class LintRun:
    """A lint report with what was wrong with its configuration."""

    report: LintReport
    configs: tuple[RuleConfig, ...]
    baseline: Baseline
    diagnostics: tuple[Diagnostic, ...]


def lint_workspace(
    workspace: Workspace,
    today: date,
    *,
    tested: Mapping[AppId, Tested] | None = None,
    overrides: Mapping[str, RuleLevel] | None = None,
    persona: Persona = Persona.REGULAR,
    policy_hits: Mapping[PolicyRef, tuple[Hit, ...]] | None = None,
) -> LintRun:
    """Run every rule that the settings leave on.

    `tested` tells which policies of an app decided in some case; for an app without it the rules that need it are skipped, and the
    report says so. `policy_hits` is what the function of that name found already.
    """
    configs, problems = rule_configs(workspace, overrides, persona)
    baseline, found = load_baseline(workspace)
    contexts = [_any_context(workspace, app, today, tested.get(app.id) if tested else None) for app in workspace.apps]
    contexts += translated_contexts(workspace, today)
    report = lint(contexts, configs, baseline=baseline, policy_hits=policy_hits)
    return LintRun(report, configs, baseline, (*problems, *found))


def policy_hits(workspace: Workspace, today: date) -> Mapping[PolicyRef, tuple[Hit, ...]]:
    """What the rules over single policies find; `lint_workspace` takes it and adds the rest."""
    configs, _ = rule_configs(workspace)
    hits: dict[PolicyRef, tuple[Hit, ...]] = {}
    for context in app_contexts(workspace, today):
        hits.update(check_policies(context.program.policies, context.facts, configs))
    return hits


def rule_configs(
    workspace: Workspace, overrides: Mapping[str, RuleLevel] | None = None, persona: Persona = Persona.REGULAR
) -> tuple[tuple[RuleConfig, ...], tuple[Diagnostic, ...]]:
    """Level and options of every rule, and settings that match none."""

    def locate(route: tuple[str, ...]) -> Span | None:
        places = workspace.repository.places
        return places.key_span(("lint", *route)) if places else None

    return configure(REGISTRY, workspace.settings.lint, overrides=overrides, persona=persona, locate=locate)


def load_baseline(workspace: Workspace) -> tuple[Baseline, tuple[Diagnostic, ...]]:
    """The baseline file that the settings name; empty when there is none."""
    tree, path = workspace.repository.tree, workspace.settings.lint.baseline
    if tree.kind(path) is None:
        return EMPTY_BASELINE, ()
    text, found = read_text(tree, path)
    if text is None:
        return EMPTY_BASELINE, found
    document, places, found = load_with_places(BaselineDocument, text, path)
    return Baseline(document, places, path), found


def app_contexts(workspace: Workspace, today: date) -> Iterator[AppContext]:
    """Each app as the rules see it, without knowledge of tests."""
    for app in workspace.cedar_apps:
        yield _context(workspace, app, today, None)


def translated_contexts(workspace: Workspace, today: date) -> Iterator[AppContext]:
    """Each `governance` app that is deployed as Cedar, as the rules over Cedar see it."""
    for app in workspace.apps:
        program = workspace.programs[app.id]
        targets = tuple(_cedar_limits(workspace, app))
        if not isinstance(program, GovernanceProgram) or not targets:
            continue
        side = cedar_side(app, program, targets[0].target, Diagnostics())
        if side is None:
            continue
        cedar = cedar_program(program, translate(program, side), side.schema)
        sources = tuple(file.file for file in program.policies)
        yield AppContext(cedar, app.document, today, app.places, limits=targets, sources=sources)


def _cedar_limits(workspace: Workspace, app: App) -> Iterator[TargetLimits]:
    for limits in _limits(workspace, app):
        capabilities = capabilities_of(workspace.settings.targets[limits.target])
        if capabilities is not None and deployed_in(app.document.language, capabilities) == "cedar":
            yield limits


def _any_context(workspace: Workspace, app: App, today: date, tested: Tested | None) -> Context:
    program = workspace.programs[app.id]
    if isinstance(program, RulesProgram):
        return RulesContext(program, today, app.places, tested if isinstance(tested, Mapping) else None)
    if isinstance(program, GovernanceProgram):
        return GovernanceContext(program, today, app.places, tested if isinstance(tested, Mapping) else None)
    return _context(workspace, app, today, tested if isinstance(tested, frozenset) else None)


def _context(workspace: Workspace, app: App, today: date, tested: frozenset[PolicyId] | None) -> AppContext:
    return AppContext(
        program=workspace.cedar[app.id],
        document=app.document,
        today=today,
        places=app.places,
        tested=tested,
        limits=tuple(_limits(workspace, app)),
        expires_within_days=workspace.settings.lint.expires_within_days,
    )


def _limits(workspace: Workspace, app: App) -> Iterator[TargetLimits]:
    for name in app.document.targets:
        target = workspace.settings.targets.get(name)
        capabilities = capabilities_of(target) if target else None
        if capabilities is not None:
            yield TargetLimits(
                target=TargetId(name),
                max_statement_length=capabilities.max_statement_length,
                min_statement_length=capabilities.min_statement_length,
                max_name_length=capabilities.max_name_length,
            )
