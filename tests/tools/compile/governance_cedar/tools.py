"""Tools with arguments of every type that a gateway derives, policies about them, and calls of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from bylaw.compile.governance_cedar.side import CedarSide
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.exceptions import PolicyException
from bylaw.languages.governance.canonical import canonical_text
from bylaw.languages.governance.model import (
    ApprovalCondition,
    ApprovalRule,
    Approvals,
    Approver,
    Governance,
    RateLimit,
    Scope,
)
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram, read_policy
from bylaw.model.exact import Json
from bylaw.model.identifiers import AppId, EntityUid, PolicyId, PolicyRef
from bylaw.repository.documents.exceptions import ExceptionDocument
from bylaw.repository.documents.loading import load_with_places
from tools.evaluation.governance.documents import document

TEXT: Final = """
entity Agent, Person, Gateway;
action CallTool;
action "Bank___pay" in [CallTool] appliesTo { principal: [Agent, Person], resource: [Gateway], context: {
  input: { amount?: decimal, count: Long, to: String, note?: String, urgent?: Bool, copies?: Set<String>,
    where?: { city: String, "post-code"?: Long } },
  system: { now: datetime },
} };
action "Bank___look" in [CallTool] appliesTo { principal: [Agent], resource: [Gateway], context: {
  input: { id?: String, page?: Long }, system: { now: datetime },
} };
action mail appliesTo { principal: [Agent], resource: [Gateway], context: { system: { now: datetime } } };
"""
ACTIONS: Final = {"pay": "Bank___pay", "look": "Bank___look", "mail": "mail"}
AGENTS: Final = {"a1": EntityUid("Agent", "one"), "a2": EntityUid("Agent", "two")}
NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
APP: Final = AppId("bank")


def schema_of(text: str) -> Schema:
    schema, problems = read_schema(text, "schemas/bank.cedarschema")
    assert schema is not None, problems
    return schema


SIDE: Final = CedarSide(schema_of(TEXT), AGENTS, EntityUid("Gateway", "g"))


def file_of(policy: Governance, name: str) -> GovernanceFile:
    """The policy as it would be read from a file."""
    file, problems = read_policy(PolicyRef(APP, PolicyId(name)), f"policies/bank/{name}.yaml", canonical_text(policy))
    assert file is not None, problems
    return file


def exception_of(fields: Mapping[str, Any], name: str) -> PolicyException:
    """An exception as it would be read from a file."""
    said = {"reason": "for the auditors", "approver": "ann@example.com", **fields}
    found, places, problems = load_with_places(
        ExceptionDocument, json.dumps(said), f"policies/bank/exceptions/{name}.yaml"
    )
    assert found is not None, problems
    assert places is not None
    return PolicyException(PolicyRef(APP, PolicyId(f"exceptions/{name}")), found, places)


def program_of(policies: list[Governance], exceptions: list[Mapping[str, Any]]) -> GovernanceProgram:
    """Policies `p0`, `p1` and so on, each of a name of its own."""
    files = tuple(file_of(policy, f"p{place}") for place, policy in enumerate(policies))
    found = tuple(exception_of(fields, f"e{place}") for place, fields in enumerate(exceptions))
    return GovernanceProgram(APP, files, found, SIDE.schema)


# Policies that Cedar can say whole, most of the time.

names = st.lists(st.sampled_from(sorted(ACTIONS)), max_size=2, unique=True)
named = st.lists(st.sampled_from(sorted(ACTIONS)), min_size=1, max_size=2, unique=True)
bounds = st.sampled_from(
    [0, 1, 2, -1, Decimal("1.5"), Decimal("0.0001"), Decimal("1.00005"), 10**19, -(10**19), 2**63 - 1, -(2**63)]
)
numbers = st.one_of(
    st.fixed_dictionaries({"minimum": bounds}, optional={"maximum": bounds}),
    st.fixed_dictionaries({"exclusiveMinimum": bounds}, optional={"exclusiveMaximum": bounds}),
    st.fixed_dictionaries({"exclusiveMaximum": bounds}),
    st.fixed_dictionaries({"type": st.sampled_from(["number", ["number", "string"], "string"])}),
    st.fixed_dictionaries(
        {
            "enum": st.lists(
                st.sampled_from([1, Decimal("1.0"), 2, Decimal("1.5"), "1", True, None]), min_size=1, max_size=3
            )
        }
    ),
    st.fixed_dictionaries({"multipleOf": st.sampled_from([1, Decimal("0.0001"), Decimal("0.5")])}),
)
PATTERNS: Final = (
    *("^a$", "a", "^a", "a$", "^(a|b-1|)$", "^a.*b$", "a|b", "^.*$", "^$", "$", ".*b", "a.*"),
    *(r"^\*$", r"\n", "^(?:a|.*b)$", "a\\.b", "^a*$", "[ab]"),
)
texts = st.one_of(
    st.fixed_dictionaries({"pattern": st.sampled_from(PATTERNS)}),
    st.fixed_dictionaries({"enum": st.lists(st.sampled_from(["a", "b-1", "", "*", 1, None]), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"const": st.sampled_from(["a", "", 1])}),
    st.fixed_dictionaries({"minLength": st.integers(0, 2)}),
    st.fixed_dictionaries({"maxLength": st.integers(0, 1)}),
    st.fixed_dictionaries({"type": st.sampled_from(["string", "number", ["null", "string"]])}),
)
truths = st.one_of(st.just({"type": "boolean"}), st.just({"const": True}), st.just({"enum": [False, 0]}))
sets = st.one_of(
    st.fixed_dictionaries(
        {"items": st.fixed_dictionaries({"enum": st.lists(st.sampled_from(["a", "b-1", 1]), min_size=1, max_size=2)})}
    ),
    st.fixed_dictionaries({"minItems": st.integers(0, 2)}),
    st.fixed_dictionaries({"maxItems": st.integers(0, 1)}),
    st.just({"items": {"type": "string"}}),
    st.just({"items": {"type": "number"}}),
)
places = st.fixed_dictionaries(
    {"properties": st.fixed_dictionaries({}, optional={"city": texts, "post-code": numbers})},
    optional={"required": st.just(["post-code"]), "additionalProperties": st.booleans()},
)


def some(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One schema, or several together."""
    pair = st.lists(strategy, min_size=1, max_size=2)
    return st.one_of(strategy, strategy, st.fixed_dictionaries({"anyOf": pair}), st.fixed_dictionaries({"allOf": pair}))


PAY = {
    "amount": numbers,
    "count": numbers,
    "to": texts,
    "note": texts,
    "urgent": truths,
    "copies": sets,
    "where": places,
}
schemas: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"properties": st.fixed_dictionaries({}, optional={name: some(part) for name, part in PAY.items()})},
    optional={
        "required": st.lists(st.sampled_from(sorted(PAY)), max_size=2, unique=True),
        "additionalProperties": st.sampled_from([True, True, False, {"type": "string"}]),
    },
)
WHO: Final = (Approver("email", "boss@example.com"),)
conditions = st.builds(
    lambda actions, arguments: ApprovalCondition(actions=actions, arguments=arguments),
    st.none() | named.map(tuple),
    st.none() | schemas,
)
approvals = st.builds(
    lambda required, actions, rules: Approvals(required, tuple(actions), default_approvers=WHO, rules=tuple(rules)),
    st.booleans(),
    names,
    st.lists(st.builds(ApprovalRule, st.sampled_from(["large", "Far away"]), conditions, st.just(WHO)), max_size=1),
)
scopes = st.sampled_from([(Scope.GLOBAL, None), (Scope.AGENT, "a1"), (Scope.AGENT, "a2")])


@st.composite
def policies(draw: st.DrawFn) -> Governance:
    """A policy of one or two parts."""
    scope, target = draw(scopes)
    parts = draw(st.sets(st.sampled_from(["lists", "arguments", "arguments", "approvals", "rates"]), max_size=2))
    return document(
        scope=scope,
        target=target,
        enabled=draw(st.sampled_from([True] * 5 + [False])),
        denied=draw(names) if "lists" in parts else (),
        allowed=draw(st.none() | names) if "lists" in parts else None,
        rates={name: RateLimit(0, 60) for name in draw(names)} if "rates" in parts else None,
        approvals=draw(approvals) if "approvals" in parts else Approvals(),
        constraints={"pay": draw(schemas)} if "arguments" in parts else None,
    )


exceptions = st.fixed_dictionaries(
    {
        "policy": st.sampled_from(["p0", "p1"]),
        "agent": st.sampled_from(sorted(AGENTS)),
        "expires_at": st.sampled_from(["2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"]),
    },
    optional={
        "actions": named,
        "rules": st.lists(
            st.sampled_from(["denied_actions", "allowed_actions", "rate_limits", "arguments", "approvals", "budgets"]),
            min_size=1,
            max_size=3,
            unique=True,
        ),
    },
)


# Calls that a gateway would pass on: every argument is of its type.


@dataclass(frozen=True)
class Call:
    """One call of a tool."""

    action: str
    agent: str
    arguments: Mapping[str, Json]


TEXTS = st.sampled_from(["a", "b", "b-1", "", "*", "xay", "a\nb", "ab", "a--b", "\n", "a.b", "b\na"])
COUNTS = st.sampled_from([0, 1, 2, 3, -1, 2**63 - 1, -(2**63)])
AMOUNTS = st.sampled_from(
    [
        Decimal(text)
        for text in (
            "0",
            "1",
            "1.5",
            "1.0001",
            "1.0",
            "2",
            "-1",
            "0.0001",
            "922337203685477.5807",
            "-922337203685477.5808",
        )
    ]
)
ARGUMENTS: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "pay": st.fixed_dictionaries(
        {"count": COUNTS, "to": TEXTS},
        optional={
            "amount": AMOUNTS,
            "note": TEXTS,
            "urgent": st.booleans(),
            "copies": st.lists(TEXTS, max_size=2, unique=True),
            "where": st.fixed_dictionaries({"city": TEXTS}, optional={"post-code": COUNTS}),
        },
    ),
    "look": st.fixed_dictionaries({}, optional={"id": TEXTS, "page": COUNTS}),
    "mail": st.just({}),
}
calls = st.sampled_from(["pay", "pay", "pay", "look", "mail"]).flatmap(
    lambda action: st.builds(Call, st.just(action), st.sampled_from(["a1", "a1", "a2"]), ARGUMENTS[action])
)


def request_of(call: Call, now: datetime) -> dict[str, Any]:
    """The call as a gateway asks Cedar about it."""
    system = {"now": {"__extn": {"fn": "datetime", "arg": f"{now:%Y-%m-%dT%H:%M:%SZ}"}}}
    given = {} if call.action == "mail" else {"input": cedar_value(call.arguments)}
    return {
        "principal": str(AGENTS[call.agent]),
        "action": f'Action::"{ACTIONS[call.action]}"',
        "resource": 'Gateway::"g"',
        "context": {"system": system, **given},
    }


def cedar_value(value: Json) -> Any:
    """A value as Cedar's JSON has it; every number with a fraction is a decimal."""
    match value:
        case Decimal():
            text = f"{value:f}"
            return {"__extn": {"fn": "decimal", "arg": text if "." in text else f"{text}.0"}}
        case str() | bool() | int() | None:
            return value
        case Mapping():
            return {name: cedar_value(inner) for name, inner in value.items()}
    return [cedar_value(inner) for inner in value]
