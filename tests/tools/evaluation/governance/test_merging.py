"""Several policies as one: what each reading makes of them, where it comes from, and where the two differ."""

from typing import Any

import pytest

from bylaw.evaluation.governance.conflicts import conflicts
from bylaw.evaluation.governance.merging import merge
from bylaw.languages.governance.model import Approvals, Budgets, Governance, GroundingRule, RateLimit, Scope
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.documents import document, evidence, policies, usd

RESULT = GroundingRule("look", "id", "result")
KWARGS = GroundingRule("look", "id", "kwargs")


def constraint(limit: int) -> dict[str, Any]:
    return {"pay": {"properties": {"amount": {"maximum": limit}}}}


FIELDS: dict[str, tuple[list[Governance], Any, Any]] = {
    # what is merged, strictly, upstream
    "session_budget": ([document(budgets=Budgets(session=usd(n))) for n in ("2", "1", "3")], usd("1"), usd("1")),
    "run_budget": ([document(), document(budgets=Budgets(run=usd("2")))], usd("2"), usd("2")),
    "action_budgets": (
        [
            document(budgets=Budgets(actions={"a": usd("2"), "b": usd("1")})),
            document(budgets=Budgets(actions={"a": usd("1")})),
        ],
        {"a": usd("1"), "b": usd("1")},
        {"a": usd("1"), "b": usd("1")},
    ),
    "denied_actions": ([document(denied=["b", "a"]), document(denied=["c", "a"])], ("b", "a", "c"), ("b", "a", "c")),
    "allowed_actions": (
        [document(allowed=["a", "b"]), document(), document(allowed=["c", "b", "a"])],
        ("a", "b"),
        ("a", "b"),
    ),
    "rate_limits": (
        [document(rates={"a": RateLimit(5, 60)}), document(rates={"a": RateLimit(3, 3600)})],
        {"a": (RateLimit(5, 60), RateLimit(3, 3600))},
        {"a": (RateLimit(3, 60),)},
    ),
    "approval_timeout_seconds": (
        [document(approvals=Approvals(required=True, timeout_seconds=n)) for n in (60, 30, 90)],
        30,
        90,
    ),
    "evidence_requirements": (
        [document(evidence=evidence({"pay": ("a", "b")})), document(evidence=evidence({"pay": ("c", "a")}))],
        {"pay": ("a", "b", "c")},
        {"pay": ("a", "b", "c")},
    ),
    "evidence_max_age_seconds": (
        [document(evidence=evidence(None, {"pay": 9})), document(evidence=evidence(None, {"pay": 3}))],
        {"pay": 3},
        {"pay": 3},
    ),
    "argument_constraints": (
        [document(constraints=constraint(1)), document(constraints=constraint(2)), document(constraints=constraint(1))],
        {"pay": (constraint(1)["pay"], constraint(2)["pay"])},
        {"pay": (constraint(1)["pay"],)},
    ),
    "grounding_rules": (
        [document(evidence=evidence(None, None, {"pay": one})) for one in ({"x": RESULT, "y": RESULT}, {"x": KWARGS})],
        {"pay": {"x": (RESULT, KWARGS), "y": (RESULT,)}},
        {"pay": {"x": (KWARGS,)}},
    ),
}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field(name: str) -> None:
    documents, strict, upstream = FIELDS[name]
    assert getattr(merge(policies(*documents), Dialect.STRICT), name) == strict
    assert getattr(merge(policies(*documents), Dialect.UPSTREAM), name) == upstream
    conflicting = {conflict.field.split(".")[0] for conflict in conflicts(policies(*documents))}
    assert conflicting == ({name} if strict != upstream else set())


@pytest.mark.parametrize(
    ("lists", "strict", "upstream"),
    [
        ([None, None], None, None),
        ([["a"], []], (), ("a",)),
        ([[]], (), None),
        ([["a"], ["b"]], (), ()),
    ],
)
def test_empty_lists_are_off_upstream(lists: list[list[str] | None], strict: Any, upstream: Any) -> None:
    given = policies(*(document(allowed=one) for one in lists))
    assert merge(given, Dialect.STRICT).allowed_actions == strict
    assert merge(given, Dialect.UPSTREAM).allowed_actions == upstream
    assert [conflict.field for conflict in conflicts(given)] == ([] if strict is None else ["allowed_actions"])


def test_strictly_the_broadest_comes_first_and_upstream_the_oldest() -> None:
    given = policies(document(scope=Scope.RUN, target="r", denied=["a"]), document(denied=["b"]))
    assert merge(given, Dialect.STRICT).denied_actions == ("b", "a")
    assert merge(given, Dialect.UPSTREAM).denied_actions == ("a", "b")


def test_disabled_policies_say_nothing_and_are_told_where_nothing_else_is() -> None:
    given = policies(document(enabled=False, denied=["a"]), document(denied=["b"]))
    assert merge(given, Dialect.STRICT).denied_actions == ("b",)
    assert conflicts(given) == ()
    assert [conflict.field for conflict in conflicts(given[:1])] == ["enabled"]
    assert conflicts([]) == ()


POOLS = [
    ([Approvals(required=True), Approvals(actions=("a",))], ["require_approval"]),
    ([Approvals(required=True), Approvals(required=True, actions=("a",))], ["require_approval"]),
    ([Approvals(required=True, tags=("t",)), Approvals(required=True, actions=("a",))], []),
    ([Approvals(required=True, tags=("t",)), Approvals(actions=("a",))], ["require_approval"]),
    ([Approvals(required=True), Approvals()], []),
    ([Approvals(actions=("a",)), Approvals()], []),
    ([Approvals(required=True, threshold_usd=usd("2")), Approvals(threshold_usd=usd("1"))], ["require_approval"]),
    ([Approvals(required=True, timeout_seconds=1), Approvals(timeout_seconds=2)], ["approval_timeout_seconds"]),
]


@pytest.mark.parametrize(("settings", "expected"), POOLS)
def test_pooled_criteria(settings: list[Approvals], expected: list[str]) -> None:
    given = policies(*(document(approvals=one) for one in settings))
    assert [conflict.field for conflict in conflicts(given)] == expected
    assert len(merge(given, Dialect.STRICT).approvals) == sum(one.required for one in settings)


def test_every_part_has_its_sources() -> None:
    given = policies(
        document(budgets=Budgets(session=usd("2")), denied=["a"], constraints=constraint(1)),
        document(budgets=Budgets(session=usd("1")), rates={"a": RateLimit(1, 1)}, constraints=constraint(2)),
        document(budgets=Budgets(session=usd("1")), denied=["b"], evidence=evidence(None, {"pay": 1})),
    )
    expected = {
        "session_budget": ("p1", "p2"),
        "denied_actions": ("p0", "p2"),
        "rate_limits.a": ("p1",),
        "argument_constraints.pay": ("p0", "p1"),
        "evidence_max_age_seconds.pay": ("p2",),
    }
    assert merge(given, Dialect.STRICT).sources == expected
    assert merge(given, Dialect.UPSTREAM).sources == expected | {"argument_constraints.pay": ("p1",)}
