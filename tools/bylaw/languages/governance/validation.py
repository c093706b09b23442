"""What makes a policy wrong beyond its shape: everything that would load and then silently bind nobody."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, TypeAlias

from bylaw.languages.governance.argument_schema import schema_problems
from bylaw.languages.governance.documents import GovernanceDocument
from bylaw.languages.portable_regex import RegexError, compile_regex
from bylaw.languages.unclear_scalars import unclear_scalars
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.exact import exact
from bylaw.repository.yaml_reader import YamlFile

Route: TypeAlias = tuple[str | int, ...]

MAX_DECIMALS: Final = 6
_LISTS: Final = (
    "denied_actions",
    "allowed_actions",
    "approval_actions",
    "approval_tags",
    "approval_risk_levels",
    "evidence_actions",
    "commit_actions",
)
_SCHEMA_HELP: Final = "keep to the keywords that are enforced: docs/governance.md lists them"


def validated(document: GovernanceDocument, file: YamlFile) -> Iterator[Diagnostic]:
    """Everything that is wrong with a document that has the right shape."""
    yield from _target(document, file)
    yield from _repetitions(document, file)
    for amount, route in _amounts(document):
        if amount is not None and -int(Decimal(repr(amount)).as_tuple().exponent) > MAX_DECIMALS:
            message = f"`{amount}` has more than {MAX_DECIMALS} decimals"
            yield Diagnostic("amount-decimals", message, file.span(route), "amounts are USD, to a millionth")
    for schema, route in _schemas(document):
        for problem in schema_problems(exact(schema)):
            yield Diagnostic("schema", problem.message, file.key_span((*route, *problem.route)), _SCHEMA_HELP)
    yield from _rules(document, file)
    yield from _patterns(document, file)
    yield from unclear_scalars(file)


def _target(document: GovernanceDocument, file: YamlFile) -> Iterator[Diagnostic]:
    if document.scope != "global" and document.target_id is None:
        message = f"a policy of scope `{document.scope}` has no `target_id`"
        yield Diagnostic("target-id", message, file.span(("scope",)), f"name the {document.scope} that it is about")
    if document.scope == "global" and document.target_id is not None:
        message = "a global policy has a `target_id`, and is about everybody"
        yield Diagnostic("target-id", message, file.key_span(("target_id",)), "remove it, or give a narrower `scope`")


def _repetitions(document: GovernanceDocument, file: YamlFile) -> Iterator[Diagnostic]:
    for field in _LISTS:
        seen: Counter[str] = Counter()
        for number, name in enumerate(getattr(document, field) or ()):
            seen[name] += 1
            if seen[name] == 2:
                message = f"`{field}` names `{name}` twice"
                yield Diagnostic("repeated-name", message, file.span((field, number)), "name it once")


def _amounts(document: GovernanceDocument) -> Iterator[tuple[int | float | None, Route]]:
    for field in ("session_budget", "run_budget", "approval_threshold_usd"):
        yield getattr(document, field), (field,)
    for action, amount in document.action_budgets.items():
        yield amount, ("action_budgets", action)
    for number, rule in enumerate(document.approval_rules):
        yield rule.when.min_cost_usd, ("approval_rules", number, "when", "min_cost_usd")


def _schemas(document: GovernanceDocument) -> Iterator[tuple[Mapping[str, Any], Route]]:
    for action, schema in document.argument_constraints.items():
        yield schema, ("argument_constraints", action)
    for number, rule in enumerate(document.approval_rules):
        if rule.when.arguments is not None:
            yield rule.when.arguments, ("approval_rules", number, "when", "arguments")


def _rules(document: GovernanceDocument, file: YamlFile) -> Iterator[Diagnostic]:
    seen: Counter[str] = Counter()
    for number, rule in enumerate(document.approval_rules):
        seen[rule.name] += 1
        if seen[rule.name] == 2:
            place = file.span(("approval_rules", number, "name"))
            message = f"two approval rules are called `{rule.name}`"
            yield Diagnostic("duplicate-rule-name", message, place, "name them apart")
        if rule.approvers and rule.min_approvals > len(rule.approvers):
            place = file.span(("approval_rules", number, "min_approvals"))
            message = f"{rule.min_approvals} approvals are asked of {len(rule.approvers)} approvers"
            yield Diagnostic("too-few-approvers", message, place, "name more approvers, or ask for fewer approvals")


def _patterns(document: GovernanceDocument, file: YamlFile) -> Iterator[Diagnostic]:
    for action, rule in document.pii_rules.items():
        for number, pattern in enumerate(rule.extra_patterns):
            try:
                compile_regex(pattern)
            except RegexError as error:
                place = file.span(("pii_rules", action, "extra_patterns", number))
                remedy = "use literals, classes, groups, `|`, `*`, `+`, `?`, `{m,n}`, `^`, `$` and a leading `(?i)`"
                yield Diagnostic("invalid-regex", f"`{pattern}`: {error}", place, remedy)
