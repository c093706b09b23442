"""Random policies and events that meet: few actions, costs at budgets, times at the ends of windows, evidence just stale."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from bylaw.evaluation.governance.decisions import EnforcementMode
from bylaw.evaluation.governance.events import GovernanceEvent, KillSwitch, Outcome, TargetType
from bylaw.evaluation.governance.exemptions import EXEMPTIBLE, Exemption
from bylaw.evaluation.governance.state import ApprovalStatus
from bylaw.languages.governance.model import (
    ApprovalCondition,
    ApprovalRule,
    Approvals,
    Approver,
    Budgets,
    Governance,
    GroundingRule,
    LoopRule,
    PiiRule,
    RateLimit,
    Scope,
)
from bylaw.model.exact import Json
from tools.evaluation.governance.documents import document, evidence, guardrails

ACTIONS = ("look", "pay", "mail")
AGENTS = ("a1", "a2")
RUNS = ("r1", "r2")
START = 1_700_000_000_000

action = st.sampled_from(ACTIONS)
rarely = st.sampled_from([False] * 9 + [True])
amounts = st.sampled_from(["0", "0.1", "0.2", "0.3", "0.5", "1", "1.000001"]).map(Decimal)
values: st.SearchStrategy[Json] = st.sampled_from(
    [
        *(
            None,
            True,
            False,
            0,
            1,
            5,
            Decimal("1.0"),
            Decimal("0.5"),
            "1",
            "abc",
            "a@b.example",
            "ABC9",
            "",
            [1, "abc"],
            [],
        ),
        *({"id": 1}, {"id": "abc", "x": "a@b.example"}),
    ]
)


def some(strategy: st.SearchStrategy[Any], *, size: int = 2) -> st.SearchStrategy[Mapping[str, Any]]:
    """A table by action, mostly small."""
    return st.dictionaries(action, strategy, max_size=size)


names = st.lists(action, max_size=2, unique=True).map(tuple)
fields = st.sampled_from(["amount", "id", "to"])
seconds = st.sampled_from([1, 2, 10])
number = st.sampled_from([0, 1, 5, Decimal("0.5")])
leaf = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"type": st.sampled_from(["string", "number", "integer", "boolean", "object", "null"])}
    ),
    st.fixed_dictionaries({"minimum": number}, optional={"maximum": number}),
    st.fixed_dictionaries({"type": st.sampled_from(["number", "integer", "string"])}, optional={"maximum": number}),
    st.fixed_dictionaries({"pattern": st.sampled_from(["^[a-z]+$", "[0-9]", "b", "^$"])}),
    st.fixed_dictionaries({"enum": st.lists(values, min_size=1, max_size=3)}),
)
richer = st.one_of(
    leaf,
    st.fixed_dictionaries({"type": st.just(["number", "string"])}, optional={"minLength": st.integers(0, 3)}),
    st.fixed_dictionaries({"exclusiveMinimum": number}, optional={"multipleOf": st.sampled_from([1, Decimal("0.5")])}),
    st.fixed_dictionaries({"maxLength": st.integers(0, 3)}),
    st.fixed_dictionaries({"items": leaf}, optional={"minItems": st.integers(0, 2), "maxItems": st.integers(0, 2)}),
    st.fixed_dictionaries({"const": values}),
    st.fixed_dictionaries({"anyOf": st.lists(leaf, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"allOf": st.lists(leaf, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"properties": st.dictionaries(st.sampled_from(["id", "x"]), leaf, max_size=2)}),
)
schemas = st.fixed_dictionaries(
    {"properties": st.dictionaries(fields, richer, max_size=2)},
    optional={
        "required": st.lists(fields, max_size=2, unique=True),
        "additionalProperties": st.one_of(st.booleans(), leaf),
        "type": st.just("object"),
    },
)
conditions = st.builds(
    ApprovalCondition,
    st.none() | names,
    st.none() | st.just(("prod",)),
    st.none() | st.just(("HIGH", "medium")),
    st.none() | amounts,
    st.none() | schemas,
)
WHO = (Approver("email", "boss@example.com"),)
rules = st.lists(st.builds(ApprovalRule, st.sampled_from(["one", "two"]), conditions, st.just(WHO)), max_size=1).map(
    tuple
)
approvals = st.builds(
    Approvals,
    st.sampled_from([True, True, False]),
    names,
    st.just(()) | st.just(("prod",)),
    st.just(()) | st.just(("High",)) | st.just(("medium",)),
    st.none() | amounts,
    st.just(60),
    st.just(WHO),
    st.just(()) | st.just(()) | rules,
)
sources = st.builds(
    GroundingRule, st.just("look"), st.sampled_from(["id", "order.id"]), st.sampled_from(["result", "result", "kwargs"])
)
scopes = st.sampled_from(
    [(Scope.GLOBAL, None)] * 8
    + [(Scope.AGENT, "a1")] * 2
    + [(Scope.RUN, "r1"), (Scope.MISSION, "m1"), (Scope.GROUP, "g1"), (Scope.GROUP, "m1")]
)


@st.composite
def documents(draw: st.DrawFn) -> Governance:
    """Most parts are empty most of the time, so that events get past them."""
    scope, target = draw(scopes)
    part = draw(
        st.sampled_from(
            [
                "lists",
                "rates",
                "rates",
                "budgets",
                "arguments",
                "evidence",
                "approvals",
                "approvals",
                "guardrails",
                "all",
            ]
        )
    )

    def given(name: str, strategy: st.SearchStrategy[Any], absent: Any) -> Any:
        return draw(strategy) if part in {name, "all"} else absent

    warnings = st.sampled_from([(80,), (50, 100), ()])
    return document(
        scope=scope,
        target=target,
        enabled=not draw(rarely),
        budgets=given(
            "budgets", st.builds(Budgets, st.none() | amounts, st.none() | amounts, some(amounts), warnings), Budgets()
        ),
        denied=given("lists", st.just(()) | names, ()),
        allowed=given("lists", st.none() | st.lists(action, min_size=1, max_size=3, unique=True) | names, None),
        rates=given("rates", some(st.builds(RateLimit, st.sampled_from([0, 1, 1, 2, 3]), seconds)), None),
        approvals=given("approvals", approvals, Approvals()),
        evidence=given(
            "evidence",
            st.builds(evidence, some(names), some(seconds), some(st.dictionaries(fields, sources, max_size=2))),
            evidence(),
        ),
        constraints=given("arguments", some(schemas), None),
        guardrails=given(
            "guardrails",
            st.builds(
                guardrails,
                some(st.just(PiiRule(("email",)))),
                some(st.builds(LoopRule, st.sampled_from([1, 2, 3, 40]), seconds, st.just(()) | st.just(("id",)))),
                pii_by_default=rarely,
                loop_by_default=rarely,
                moderation_by_default=rarely,
            ),
            guardrails(),
        ),
        commit=given("lists", names, ()),
    )


exemptions = st.builds(
    Exemption,
    st.sampled_from(["e1", "e2"]),
    st.sampled_from(["p0", "p0", "p1"]),
    st.sampled_from(["a1", "a1", "a2"]),
    st.none() | st.sampled_from(RUNS),
    st.none() | names.map(frozenset),
    st.none() | st.frozensets(st.sampled_from(sorted(EXEMPTIBLE)), min_size=1),
    st.sampled_from([START + 2_000, START + 10_000_000]),
    st.none() | st.integers(0, 2),
)


class Filed(NamedTuple):
    """An approval that is filed for the call at hand before it is decided."""

    status: ApprovalStatus
    cost_usd: Decimal
    age_ms: int
    """How long ago it was."""
    for_other_agent: bool
    for_other_arguments: bool


class Happening(NamedTuple):
    """An event and what comes before it."""

    event: GovernanceEvent
    filed: Filed | None


switches = st.sampled_from(
    [
        KillSwitch(TargetType.AGENT, "a1"),
        KillSwitch(TargetType.RUN, "r1"),
        KillSwitch(TargetType.MISSION, "m1"),
        KillSwitch(TargetType.GROUP, "m1"),
        KillSwitch(TargetType.TENANT, "t"),
    ]
)
results: st.SearchStrategy[Json] = st.sampled_from(
    [None, {"id": 1}, {"id": "abc"}, {"order": {"id": "abc"}}, {"id": [1]}, "abc"]
)
filings = st.builds(
    Filed,
    st.sampled_from([ApprovalStatus.APPROVED] * 4 + list(ApprovalStatus)),
    st.sampled_from([Decimal(1), Decimal("0.3"), Decimal(0)]),
    st.sampled_from([0, 1000, 60_000, 60_001]),
    rarely,
    rarely,
)


@st.composite
def happenings(draw: st.DrawFn) -> list[Happening]:
    """A sequence in time; an approval that is used may be named again."""
    time, found = START, []
    for place in range(draw(st.integers(1, 14))):
        time += draw(st.sampled_from([0] * 6 + [1, 500, 999, 1000, 1000, 1001, 2000, 10_000, 10_001, 3_600_000]))
        filed = draw(st.none() | filings)
        odd_cost = st.sampled_from(
            [Decimal(-1), Decimal("NaN"), Decimal("Infinity"), Decimal("1E-40"), Decimal("1E-7")]
        )
        named = f"ap{place}" if filed is not None else draw(st.sampled_from([None, None, f"ap{place - 1}", "ap0"]))
        event = GovernanceEvent(
            draw(action),
            time,
            draw(st.sampled_from(["a1", "a1", "a1", "a2"])),
            draw(odd_cost if draw(rarely) and draw(rarely) else amounts),
            draw(st.dictionaries(fields, values, max_size=2)),
            draw(st.just(()) | st.just(("prod", "x"))),
            draw(st.sampled_from([None, "low", "HIGH", "Medium"])),
            draw(st.sampled_from(["medium", "read", "read", "low", None, "odd"])),
            draw(st.sampled_from(["r1", "r1", "r2", None])),
            draw(st.sampled_from([None, "s1"])),
            draw(st.sampled_from([None, None, "g1"])),
            draw(st.sampled_from([None, "m1"])),
            named,
            draw(st.sampled_from([None, None, None, "k1"])),
            draw(rarely),
            (draw(switches),) if draw(rarely) and draw(rarely) else (),
            not (draw(rarely) and draw(rarely)),
            draw(st.none() | st.builds(Outcome, st.sampled_from([True, True, True, False]), results)),
        )
        found.append(Happening(event, filed))
    return found


sets: st.SearchStrategy[list[Governance]] = st.lists(documents(), min_size=1, max_size=4) | st.just([])
modes = st.sampled_from([EnforcementMode.FAIL_OPEN, *EnforcementMode])
