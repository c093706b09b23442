"""What an organisation's guardrails and an agent's own rules are together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from bylaw.evaluation.http_rules.coverage import covers
from bylaw.languages.http_rules.model import Allow, Default, Deny, HttpRules, Limit, Mode, Per, Rule, Source
from bylaw.model.dialects import Dialect

ORG_PREFIX = "org:"


@dataclass(frozen=True, slots=True)
class OrgAllowlistWidened:
    """Rules of the agent that may allow what the organisation, alone, refuses by default.

    Every rule that does is named. One may be named although it does not: where several rules of the organisation allow together
    what no single one does, or where a deny rule refuses the rest.
    """

    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DryRunOverridden:
    """The agent only observes, the organisation enforces: the merge enforces."""


@dataclass(frozen=True, slots=True)
class OrgShadow:
    """The organisation only observes, the agent enforces: the organisation's rules are left out, and may be evaluated beside it."""


@dataclass(frozen=True, slots=True)
class NameCollision:
    """Both have a rule of that name."""

    name: str
    shown_as: str
    """What the organisation's is called in the merge."""


MergeFinding: TypeAlias = OrgAllowlistWidened | DryRunOverridden | OrgShadow | NameCollision


def code(finding: MergeFinding) -> str:
    """The stable name of a kind of finding."""
    match finding:
        case OrgAllowlistWidened():
            return "org_allowlist_widened"
        case DryRunOverridden():
            return "dry_run_overridden"
        case OrgShadow():
            return "org_shadow"
        case NameCollision():
            return "name_collision"
        case _:
            assert_never(finding)


@dataclass(frozen=True, slots=True)
class Merged:
    """What is in force."""

    document: HttpRules
    """Each rule with its source."""
    findings: tuple[MergeFinding, ...] = ()
    """Of the strict dialect only."""
    shadow: HttpRules | None = None
    """The organisation's document, where it only observes beside an agent's that is enforced."""


def merge(org: HttpRules | None, agent: HttpRules | None, dialect: Dialect) -> Merged:
    """Merge the guardrails of an organisation with the rules of an agent; where one is missing, the other alone.

    Raises:
        ValueError: both are missing.
    """
    if org is not None:
        org = _of(org, Source.ORG)
    if agent is not None:
        agent = _of(agent, Source.AGENT)
    if org is None or agent is None:
        only = org or agent
        if only is None:
            raise ValueError("there is neither a document of the organisation nor one of the agent")
        return Merged(only)
    return _upstream(org, agent) if dialect is Dialect.UPSTREAM else _strict(org, agent)


def _upstream(org: HttpRules, agent: HttpRules) -> Merged:
    return Merged(replace(agent, rules=_rules(org, agent)))


def _strict(org: HttpRules, agent: HttpRules) -> Merged:
    if org.mode is Mode.DRY_RUN and agent.mode is Mode.ENFORCE:
        return Merged(agent, (OrgShadow(),), shadow=org)
    overrides = org.mode is Mode.ENFORCE and agent.mode is Mode.DRY_RUN
    renamed, collisions = _renamed(org, agent)
    widened = _widened(org, agent)
    document = replace(
        agent,
        default=Default.DENY if Default.DENY in {org.default, agent.default} else Default.ALLOW,
        mode=org.mode,
        mode_is_given=org.mode_is_given if overrides else agent.mode_is_given,
        rules=_rules(renamed, agent),
    )
    found: list[MergeFinding] = [OrgAllowlistWidened(widened)] if widened else []
    return Merged(document, (*found, *([DryRunOverridden()] if overrides else []), *collisions))


def _of(document: HttpRules, source: Source) -> HttpRules:
    return replace(document, rules=tuple(replace(rule, source=source) for rule in document.rules))


def _rules(org: HttpRules, agent: HttpRules) -> tuple[Rule, ...]:
    """Deny rules of both, the allow rules of the agent if it has any, and of each scope the smallest limit."""
    both = (*org.rules, *agent.rules)
    allows = _allows(agent) or _allows(org)
    return (*(rule for rule in both if isinstance(rule.action, Deny)), *allows, *_smallest(both))


def _allows(document: HttpRules) -> tuple[Rule, ...]:
    return tuple(rule for rule in document.rules if isinstance(rule.action, Allow))


def _smallest(rules: Iterable[Rule]) -> list[Rule]:
    """The smallest limit of each scope, the first of equal ones, in the order of the scopes' names."""
    found: dict[str, tuple[int, Rule]] = {}
    for rule in rules:
        if isinstance(rule.action, Limit):
            scope, calls = _scope(rule.action), rule.action.calls_per_minute
            if scope not in found or calls < found[scope][0]:
                found[scope] = calls, rule
    return [found[scope][1] for scope in sorted(found)]


def _scope(limit: Limit) -> str:
    return f"bf:{limit.field}" if limit.per is Per.BODY_FIELD else f"__{limit.per}__"


def _renamed(org: HttpRules, agent: HttpRules) -> tuple[HttpRules, list[NameCollision]]:
    """The organisation's document with names of its own; only collisions of rules that the merge keeps are told."""
    merged = _rules(org, agent)
    kept = {rule.name for rule in merged if rule.source is Source.ORG}
    others = {rule.name for rule in merged if rule.source is Source.AGENT}
    taken = kept | others
    shown: dict[str, str] = {}
    for name in sorted(kept & others):
        shown[name] = _free(name, taken)
        taken.add(shown[name])
    rules = tuple(replace(rule, name=shown.get(rule.name, rule.name)) for rule in org.rules)
    return replace(org, rules=rules), [NameCollision(name, shown_as) for name, shown_as in shown.items()]


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name = ORG_PREFIX + name
    return name


def _widened(org: HttpRules, agent: HttpRules) -> tuple[str, ...]:
    if org.default is Default.ALLOW:
        return ()
    return tuple(rule.name for rule in _allows(agent) if not _is_covered(rule, _allows(org)))


def _is_covered(rule: Rule, allows: Sequence[Rule]) -> bool:
    return isinstance(rule.action, Allow) and any(
        isinstance(other.action, Allow) and covers(other.action.matcher, rule.action.matcher) for other in allows
    )
