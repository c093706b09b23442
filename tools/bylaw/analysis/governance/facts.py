"""What is so of one `governance` policy whatever happens, alone and below the wider policies that apply wherever it does."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

from bylaw.analysis.governance.approval_cells import hiding
from bylaw.analysis.governance.argument_space import find
from bylaw.analysis.governance.changes import OTHER, implies
from bylaw.analysis.governance.divergence import divergence
from bylaw.analysis.governance.reachability import never_runs, refused
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.languages.governance.argument_schema import subschemas
from bylaw.languages.governance.model import Governance, Schema, Usd
from bylaw.languages.portable_regex import tokens_of
from bylaw.model.exact import Json

Route: TypeAlias = tuple[str | int, ...]

ENFORCED_UPSTREAM: Final = frozenset({"required", "properties"})
"""Keywords of a schema of arguments that the published client looks at."""
ENFORCED_UPSTREAM_INSIDE: Final = frozenset({"type", "minimum", "maximum", "enum", "pattern"})
"""Keywords of the schema of one argument that it looks at."""
_CRITERIA: Final = ("approval_actions", "approval_tags", "approval_risk_levels", "approval_threshold_usd")


class Place(NamedTuple):
    """Something about one field."""

    route: Route
    text: str


class Facts:
    """What is so of one policy; each question is answered when it is first asked."""

    def __init__(self, policy: Governance, wider: Sequence[Governance] = ()) -> None:
        self.policy = policy
        self._wider = tuple(wider)

    @cached_property
    def unsatisfiable(self) -> tuple[Place, ...]:
        """Constraints that no arguments satisfy, together with those of the wider policies."""
        found = []
        for action, schema in self.policy.argument_constraints.items():
            above = [
                other.argument_constraints[action] for other in self._wider if action in other.argument_constraints
            ]
            if find((schema, *above)) is Nothing.EMPTY:
                together = "" if find((schema,)) is Nothing.EMPTY else " together with those of a wider policy"
                found.append(
                    Place(
                        ("argument_constraints", action),
                        f"`{action}` can never run: no arguments satisfy this{together}",
                    )
                )
        return tuple(found)

    @property
    def denied_and_allowed(self) -> Iterator[Place]:
        """Actions on both lists."""
        for number, action in enumerate(self.policy.allowed_actions or ()):
            if action in self.policy.denied_actions:
                yield Place(("allowed_actions", number), f"`{action}` is denied as well, which decides")

    @property
    def unreachable(self) -> Iterator[Place]:
        """Actions that evidence is asked of that can never be there."""
        stuck = never_runs((self.policy, *self._wider))
        for action, needed in self.policy.evidence.requirements.items():
            missing = [name for name in needed if name in stuck]
            if missing and action in stuck:
                why = ", ".join(f"`{name}` {stuck[name]}" for name in missing)
                yield Place(("evidence_requirements", action), f"`{action}` can never run: {why}")

    @property
    def without_approvers(self) -> Iterator[Place]:
        """Places where somebody is asked and nobody is named."""
        approvals = self.policy.approvals
        if approvals.required and not approvals.default_approvers:
            yield Place(("require_approval",), "approval is asked for, and `default_approvers` names nobody")
        for number, rule in enumerate(approvals.rules):
            if not rule.approvers:
                yield Place(("approval_rules", number, "approvers"), f"the rule `{rule.name}` asks nobody")

    @property
    def inactive_approvals(self) -> Iterator[Place]:
        """Criteria that count only with the switch that is off."""
        approvals = self.policy.approvals
        given = (approvals.actions, approvals.tags, approvals.risk_levels, approvals.threshold_usd)
        if not approvals.required:
            for field, value in zip(_CRITERIA, given, strict=True):
                if value not in {(), None}:
                    yield Place((field,), f"`{field}` does nothing without `require_approval: true`")

    @property
    def unreachable_approvals(self) -> Iterator[Place]:
        """Approval rules that never decide: an earlier one is about all that they are, or their actions cannot run."""
        rules = self.policy.approvals.rules
        able = self._able
        for number, rule in enumerate(rules):
            hidden_by = hiding(rules, number, able, self._demanded)
            if hidden_by is None:
                continue
            names = [f"`{other.name}`" for other in hidden_by]
            verb = "is" if len(names) == 1 else "are"
            why = f"{' and '.join(names)} {verb} about all that it is" if names else "its actions are refused anyway"
            yield Place(("approval_rules", number, "name"), f"the rule `{rule.name}` is never reached: {why}")

    @property
    def _able(self) -> Sequence[str]:
        """Actions that can run: those that are named, and one that is not where any can."""
        every = (self.policy, *self._wider)
        named = [name for one in every for name in one.allowed_actions or ()]
        named += [name for rule in self.policy.approvals.rules for name in rule.when.actions or ()]
        stuck = never_runs(every)
        return [name for name in dict.fromkeys((*named, OTHER)) if name not in stuck and refused(every, name) is None]

    def _demanded(self, action: str) -> Sequence[Schema]:
        every = (self.policy, *self._wider)
        return [one.argument_constraints[action] for one in every if action in one.argument_constraints]

    @property
    def empty_allowlist(self) -> Place | None:
        """That nothing is allowed at all."""
        lists = [one.allowed_actions for one in (self.policy, *self._wider) if one.allowed_actions is not None]
        if self.policy.allowed_actions is None:
            return None
        left = [action for action in self.policy.allowed_actions if all(action in other for other in lists)]
        if left:
            return None
        alone = not self.policy.allowed_actions
        return Place(
            ("allowed_actions",),
            "no action is allowed" if alone else "no action is allowed by the wider policies as well",
        )

    @property
    def looser(self) -> Iterator[Place]:
        """Numbers that a wider policy holds smaller, so that they do nothing."""
        for route, own, above in self._numbers():
            if above is not None and own is not None and above <= own:
                name = ".".join(map(str, route))
                yield Place(route, f"`{name}` of {own} does nothing: a wider policy says {above}")
        for action, limit in self.policy.rate_limits.items():
            for other in self._wider:
                inherited = other.rate_limits.get(action)
                if inherited and implies(inherited, limit):
                    text = f"{inherited.max_count} in {inherited.window_seconds} s"
                    yield Place(
                        ("rate_limits", action), f"this limit of `{action}` does nothing: a wider policy allows {text}"
                    )
                    break

    def _numbers(self) -> Iterator[tuple[Route, Usd | int | None, Usd | int | None]]:
        budgets = [other.budgets for other in self._wider]
        own = self.policy.budgets
        yield ("session_budget",), own.session, _least(one.session for one in budgets)
        yield ("run_budget",), own.run, _least(one.run for one in budgets)
        for action, amount in own.by_action.items():
            yield ("action_budgets", action), amount, _least(one.by_action.get(action) for one in budgets)
        ages = [other.evidence for other in self._wider]
        for action, age in self.policy.evidence.max_age_seconds.items():
            inherited = _least(
                one.max_age_seconds.get(action)
                for one in ages
                if set(self.policy.evidence.requirements.get(action, ())) <= set(one.requirements.get(action, ()))
            )
            yield ("evidence_max_age_seconds", action), age, inherited

    @property
    def pointless_budgets(self) -> Iterator[Place]:
        """Budgets that a budget around them exhausts first."""
        budgets = self.policy.budgets
        if budgets.session is None:
            return
        if budgets.run is not None and budgets.run > budgets.session:
            yield Place(("run_budget",), f"a run can never spend {budgets.run}: its session has {budgets.session}")
        for action, amount in budgets.by_action.items():
            if amount > budgets.session:
                yield Place(
                    ("action_budgets", action),
                    f"`{action}` can never spend {amount}: the session has {budgets.session}",
                )

    @property
    def empty_budgets(self) -> Iterator[Place]:
        """Budgets of nothing."""
        budgets = self.policy.budgets
        named = {("session_budget",): budgets.session, ("run_budget",): budgets.run}
        named |= {("action_budgets", action): amount for action, amount in budgets.by_action.items()}  # type: ignore[misc] # longer routes
        for route, amount in named.items():
            if amount is not None and not amount:
                yield Place(route, "a budget of 0 refuses whatever costs anything")

    @property
    def ungrounded_sources(self) -> Iterator[Place]:
        """Grounding rules whose source is recorded nowhere."""
        every = (self.policy, *self._wider)
        recorded = {action for one in every for action in one.evidence.actions}
        recorded |= {name for one in every for names in one.evidence.requirements.values() for name in names}
        for action, rules in self.policy.evidence.grounding.items():
            for argument, rule in rules.items():
                if rule.source_action not in recorded:
                    text = f"`{rule.source_action}` is no evidence, so nothing grounds `{argument}`"
                    yield Place(("grounding_rules", action, argument), text)

    @property
    def optional_grounding(self) -> Iterator[Place]:
        """Grounded arguments that may be left out."""
        for action, rules in self.policy.evidence.grounding.items():
            schemas = [one.argument_constraints.get(action) for one in (self.policy, *self._wider)]
            for argument in rules:
                if not any(
                    schema and find((schema,), ({"required": (argument,)},)) is Nothing.EMPTY for schema in schemas
                ):
                    yield Place(
                        ("grounding_rules", action, argument), f"`{argument}` can be left out, and is not grounded then"
                    )

    @property
    def globs(self) -> Iterator[Place]:
        """Names that look like patterns and are compared letter by letter."""
        for field in ("denied_actions", "allowed_actions", "evidence_actions", "commit_actions"):
            names = self.policy.evidence.actions if field == "evidence_actions" else getattr(self.policy, field)
            for number, name in enumerate(names or ()):
                if "*" in name or "?" in name:
                    yield Place((field, number), f"`{name}` is no pattern: names are compared letter by letter")

    @property
    def ignored_keywords(self) -> Iterator[Place]:
        """Keywords that the published client does not look at."""
        for action, schema in self.policy.argument_constraints.items():
            route: Route = ("argument_constraints", action)
            for keyword in schema:
                if keyword not in ENFORCED_UPSTREAM:
                    yield Place((*route, keyword), f"the original ignores `{keyword}` here")
            for below, inner in subschemas({"properties": schema.get("properties", {})}):
                for keyword in below if isinstance(below, Mapping) else ():
                    if keyword not in ENFORCED_UPSTREAM_INSIDE:
                        yield Place((*route, *inner, keyword), f"the original ignores `{keyword}` here")

    @property
    def unanchored(self) -> Iterator[Place]:
        """Patterns that are found anywhere in a text."""
        for action, schema in self.policy.argument_constraints.items():
            for route, pattern in _patterns(schema, ("argument_constraints", action)):
                if not _is_anchored(pattern):
                    yield Place(route, f"`{pattern}` may be found anywhere in the text")

    @property
    def without_effect(self) -> Iterator[Place]:
        """Fields that nothing reads."""
        if not self.policy.strict_mode:
            yield Place(("strict_mode",), "`strict_mode` is stored, and nothing depends on it")
        for action in self.policy.guardrails.moderation:
            yield Place(("moderation_rules", action), "moderation is stored, and not evaluated")
        if self.policy.guardrails.moderation_by_default:
            yield Place(("moderation_default_enabled",), "moderation is stored, and not evaluated")
        for action in self.policy.evidence.max_age_seconds:
            if not (self.policy.evidence.requirements.get(action) or self.policy.evidence.grounding.get(action)):
                yield Place(
                    ("evidence_max_age_seconds", action), f"`{action}` asks for no evidence that could be too old"
                )

    @cached_property
    def divergence(self) -> GovernanceEvent | None:
        """An action that the original would let run, and this reading would not."""
        return divergence(self.policy)

    @property
    def binds_nobody(self) -> bool:
        """Whether the policy, as it is, refuses nothing and asks about nothing."""
        policy = self.policy
        evidence, guardrails = policy.evidence, policy.guardrails
        return policy.enabled and not any(
            (
                policy.denied_actions,
                policy.allowed_actions is not None,
                policy.rate_limits,
                policy.budgets.session is not None,
                policy.budgets.run is not None,
                policy.budgets.by_action,
                any(evidence.requirements.values()),
                any(evidence.grounding.values()),
                policy.argument_constraints,
                guardrails.pii,
                guardrails.pii_by_default,
                guardrails.loop,
                guardrails.loop_by_default,
                policy.approvals.required,
                policy.approvals.rules,
            )
        )


def _least(values: "Iterator[Usd | int | None]") -> Usd | int | None:
    return min((value for value in values if value is not None), default=None)


def _patterns(schema: Mapping[str, Json], route: Route) -> Iterator[tuple[Route, str]]:
    todo: list[tuple[Json, Route]] = [(schema, route)]
    while todo:
        inner, place = todo.pop()
        if not isinstance(inner, Mapping):
            continue
        pattern = inner.get("pattern")
        if isinstance(pattern, str):
            yield (*place, "pattern"), pattern
        todo += [(below, (*place, *step)) for below, step in subschemas(inner)]


def _is_anchored(pattern: str) -> bool:
    """Whether it begins at the beginning and ends at the end, with no alternative outside of groups."""
    parts, depth = tokens_of(pattern.removeprefix("(?i)")), 0
    for part in parts:
        depth += (part in {"(", "(?:"}) - (part == ")")
        if part == "|" and depth == 0:
            return False
    return parts[:1] == ["^"] and parts[-1:] == ["$"]
