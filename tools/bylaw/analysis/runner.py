"""From apps to a lint report: run the rules, then filter once.

hits          every rule over every policy and app     pure; per policy cacheable
levels        already settled                          `configuration`
suppression   `@ignore`, `// bylaw: allow`             `suppression`; mandatory rules are never suppressed
baseline      what was there before                    `baseline`
meta rules    what suppressions and baseline look like now
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from bylaw.analysis.baseline import EMPTY_BASELINE, Baseline
from bylaw.analysis.configuration import RuleConfig
from bylaw.analysis.dispatch import RuleTable, check_policy
from bylaw.analysis.facts import AppContext, AppFacts
from bylaw.analysis.filtering import stale_entries, to_findings
from bylaw.analysis.finding import Area, Hit, Suppression
from bylaw.analysis.governance.view import GovernanceContext
from bylaw.analysis.http_rules.view import RulesContext
from bylaw.analysis.outcome import Outcome
from bylaw.analysis.report import LintReport, SkippedRule
from bylaw.analysis.rule import (
    AppRule,
    ExceptionRule,
    GovernanceRule,
    HttpRule,
    MetaRule,
    Need,
    NodeRule,
    PolicyRule,
    Rule,
    SourceText,
    TextRule,
)
from bylaw.analysis.suppression import in_force, policy_suppressions, yaml_suppressions
from bylaw.analysis.view import PolicyView
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.identifiers import PolicyRef

Context: TypeAlias = AppContext | RulesContext | GovernanceContext
"""An app of any language, as the rules see it."""
OF_AUTHORS: Final = frozenset({Area.STYLE, Area.OWNERSHIP, Area.TESTS})
"""Areas about how people write policies, and not about what these decide."""


def lint(
    apps: Sequence[Context],
    configs: Sequence[RuleConfig],
    *,
    baseline: Baseline = EMPTY_BASELINE,
    policy_hits: Mapping[PolicyRef, tuple[Hit, ...]] | None = None,
) -> LintReport:
    """Run the rules over `apps` and filter what they find.

    `policy_hits` holds hits of `check_policies` that the caller has already, from a cache or from worker processes; policies that
    are not in it are checked here.
    """
    by_id = {config.rule.id: config for config in configs}
    hits: list[Hit] = []
    suppressions: list[Suppression] = []
    for app in apps:
        hits += (hit for hit in _hits(app, configs, policy_hits or {}) if not by_id[hit.rule].ignores(hit.span.path))
        suppressions += _suppressions(app)
    suppressions = list(dict.fromkeys(suppressions))
    valid = [s for app in apps[:1] for s in suppressions if in_force(s, app.today)]
    findings = to_findings(hits, by_id, valid, baseline)
    skipped = tuple(_skipped(apps, configs))
    outcome = Outcome(
        today=apps[0].today if apps else None,
        suppressions=tuple(suppressions),
        served=frozenset(s for s in suppressions if any(s.covers(hit) for hit in hits)),
        mandatory=frozenset(c.rule.id for c in configs if c.rule.mandatory),
        rules=frozenset(by_id),
        idle=frozenset(skip.rule for skip in skipped),
        stale=tuple(stale_entries(baseline, findings, (app.program.app for app in apps), skipped)),
    )
    findings += to_findings(_meta_hits(configs, outcome), by_id)
    findings.sort(key=lambda finding: finding.sort_key)
    return LintReport(tuple(findings), skipped, tuple(key for key, _ in outcome.stale))


def check_policies(
    policies: Sequence[CedarPolicy], facts: AppFacts, configs: Sequence[RuleConfig]
) -> dict[PolicyRef, tuple[Hit, ...]]:
    """The hits of each policy. Depends on nothing but its arguments, all of which can be sent to another process."""
    rules = [rule for rule in _runnable(configs, _missing(facts)) if isinstance(rule, NodeRule | PolicyRule)]
    table = RuleTable(rules)
    return {policy.ref: check_policy(PolicyView(policy, facts), table) for policy in policies}


def never_baselined(configs: Iterable[RuleConfig]) -> frozenset[str]:
    """Rules whose findings no baseline may hide."""
    return frozenset(c.rule.id for c in configs if c.rule.mandatory or issubclass(c.rule, MetaRule))


def _hits(app: Context, configs: Sequence[RuleConfig], known: Mapping[PolicyRef, tuple[Hit, ...]]) -> Iterator[Hit]:
    if isinstance(app, AppContext) and app.sources:
        written = [config for config in configs if config.rule.area not in OF_AUTHORS]
        # An edit of a text that nobody wrote would be made in the document that it came from.
        yield from (hit._replace(fix=None) for hit in _app_hits(app, written, known))
        return
    for rule in _runnable(configs, frozenset(Need)):
        if isinstance(rule, TextRule):
            for source in _texts(app):
                yield from rule.check(source)
    if isinstance(app, AppContext):
        yield from _app_hits(app, configs, known)
        return
    for rule in _runnable(configs, _lacking(app)):
        match rule, app:
            case HttpRule(), RulesContext():
                for document in app.views:
                    yield from rule.check(document)
            case GovernanceRule(), GovernanceContext():
                for policy in app.views:
                    yield from rule.check(policy)
            case ExceptionRule(), GovernanceContext():
                yield from _of_exceptions(rule, app)


def _app_hits(
    app: AppContext, configs: Sequence[RuleConfig], known: Mapping[PolicyRef, tuple[Hit, ...]]
) -> Iterator[Hit]:
    fresh = check_policies([policy for policy in app.program.policies if policy.ref not in known], app.facts, configs)
    for policy in app.program.policies:
        yield from fresh[policy.ref] if policy.ref in fresh else known[policy.ref]
    for rule in _runnable(configs, _lacking(app)):
        if isinstance(rule, AppRule):
            yield from rule.check(app)
        elif isinstance(rule, ExceptionRule):
            yield from _of_exceptions(rule, app)


def _texts(app: Context) -> Iterator[SourceText]:
    """Every file of an app that people wrote."""
    for policy in app.program.policies:
        yield SourceText(policy.path, policy.text, policy.ref)
    if not isinstance(app, RulesContext):
        for exception in app.program.exceptions:
            yield SourceText(exception.path, exception.text, exception.ref)
    if app.places is not None:
        yield SourceText(app.places.path, app.places.text, None)


def _of_exceptions(rule: ExceptionRule, app: AppContext | GovernanceContext) -> Iterator[Hit]:
    for exception in app.program.exceptions:
        yield from rule.check(exception, app.today)


def _meta_hits(configs: Sequence[RuleConfig], outcome: Outcome) -> Iterator[Hit]:
    for config in configs:
        rule = config.build()
        if config.level is not None and isinstance(rule, MetaRule):
            yield from rule.check(outcome)


def _runnable(configs: Iterable[RuleConfig], missing: frozenset[Need]) -> list[Rule]:
    return [c.build() for c in configs if c.level is not None and missing.isdisjoint(c.rule.needs)]


def _lacking(app: Context) -> frozenset[Need]:
    """What is not known of an app."""
    if not isinstance(app, AppContext):
        return frozenset() if app.tested is not None else frozenset({Need.TESTED})
    there = {
        Need.TESTED: app.tested is not None,
        Need.PROOFS: app.proven is not None,
        Need.OPEN_WORLD: app.proven is not None and app.proven.open_world,
    }
    return _missing(app.facts) - {need for need, known in there.items() if known}


def _missing(facts: AppFacts) -> frozenset[Need]:
    """What the facts of a Cedar app do not tell."""
    available = {
        Need.SCHEMA: facts.schema is not None,
        Need.INVENTORY: bool(facts.inventory),
        Need.TAGS: bool(facts.tags),
        Need.LIMITS: bool(facts.limits),
    }
    return frozenset(need for need in Need if not available.get(need, False))


def _language(app: Context) -> str:
    match app:
        case AppContext():
            return "cedar"
        case RulesContext():
            return "http-rules"
        case GovernanceContext():
            return "governance"


def _skipped(apps: Sequence[Context], configs: Sequence[RuleConfig]) -> Iterator[SkippedRule]:
    missing = [(app.program.app, _language(app), _lacking(app)) for app in apps]
    for config in configs:
        if config.level is None:
            yield SkippedRule(config.rule.id, None, f"off: {config.source}")
            continue
        for app, language, lacking in missing:
            needs = [need for need in config.rule.needs if need in lacking and language in config.rule.languages]
            if needs:
                yield SkippedRule(config.rule.id, app, f"needs {' and '.join(needs)}")


def _suppressions(app: Context) -> Iterator[Suppression]:
    if isinstance(app, AppContext) and app.sources:
        for source in app.sources:
            yield from yaml_suppressions(source.text, source.path)
        return
    for policy in app.program.policies:
        if isinstance(policy, CedarPolicy):
            yield from policy_suppressions(policy)
        else:
            yield from yaml_suppressions(policy.text, policy.path)
    if not isinstance(app, RulesContext):
        for exception in app.program.exceptions:
            yield from yaml_suppressions(exception.text, exception.path)
    if app.places is not None:
        yield from yaml_suppressions(app.places.text, app.places.path)
