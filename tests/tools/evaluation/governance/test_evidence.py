"""What has to have happened before, and where values have to come from."""

from decimal import Decimal
from typing import Any

import pytest

from bylaw.evaluation.governance.events import GovernanceEvent, Outcome
from bylaw.evaluation.governance.logs import RECENT, EvidenceRecord
from bylaw.evaluation.governance.state import NO_HISTORY, EvidenceKey
from bylaw.languages.governance.model import GroundingRule
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json
from tools.evaluation.governance.asking import START, evaluator, event, last, look, reasons
from tools.evaluation.governance.documents import document, evidence

NEEDS = document(evidence=evidence({"pay": ("look", "verify")}, {"pay": 60}))
VERIFY = event("verify", outcome=Outcome(True))

BEFORE: list[tuple[list[GovernanceEvent], float, str, tuple[str, ...], tuple[str, ...]]] = [
    ([], 0, "MISSING_EVIDENCE", ("look", "verify"), ()),
    ([look(0), VERIFY], 60, "allow", (), ()),
    ([look(0), VERIFY], 60.001, "STALE_EVIDENCE", (), ("look", "verify")),
    ([look(0)], 61, "MISSING_EVIDENCE", ("verify",), ("look",)),
    ([VERIFY, look(30)], 61, "STALE_EVIDENCE", (), ("verify",)),
    ([VERIFY, look(0), look(30), event("verify", 31, outcome=Outcome(True))], 61, "allow", (), ()),
    ([VERIFY, event("look", outcome=Outcome(False))], 1, "MISSING_EVIDENCE", ("look",), ()),
    ([VERIFY, event("look")], 1, "MISSING_EVIDENCE", ("look",), ()),
    ([VERIFY, look(0, dry_run=True)], 1, "MISSING_EVIDENCE", ("look",), ()),
]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("before", "at", "expected", "missing", "stale"), BEFORE)
def test_requirements(
    dialect: Dialect,
    before: list[GovernanceEvent],
    at: float,
    expected: str,
    missing: tuple[str, ...],
    stale: tuple[str, ...],
) -> None:
    decision = last(evaluator(NEEDS, dialect=dialect), *before, event("pay", at))
    assert (decision.reason_code or decision.decision) == expected
    if decision.remediation is not None:
        assert decision.rule == "evidence_requirements.pay"
        assert decision.recoverable
        assert decision.remediation.required_prior_actions == ("look", "verify")
        assert decision.remediation.missing_requirements == missing
        assert decision.remediation.stale_evidence == stale


@pytest.mark.parametrize(
    ("ids", "strict", "upstream"),
    [
        ({}, "allow", "allow"),
        ({"run_id": "r2"}, "MISSING_EVIDENCE", "allow"),
        ({"run_id": None}, "MISSING_EVIDENCE", "allow"),
        ({"agent_id": "a2"}, "allow", "MISSING_EVIDENCE"),
        ({"session_id": "s2"}, "allow", "MISSING_EVIDENCE"),
    ],
)
def test_evidence_belongs_to_a_run_and_upstream_to_a_process(ids: dict[str, Any], strict: str, upstream: str) -> None:
    asked = document(evidence=evidence({"pay": ("look",)}))
    for dialect, expected in ((Dialect.STRICT, strict), (Dialect.UPSTREAM, upstream)):
        assert reasons(evaluator(asked, dialect=dialect), look(), event("pay", **ids))[-1] == expected


def test_each_policy_has_its_own_age() -> None:
    asked = evaluator(
        document(evidence=evidence({"pay": ("look",)})), document(evidence=evidence({"pay": ("look",)}, {"pay": 1}))
    )
    decision = last(asked, look(0), event("pay", 2))
    assert decision.policy is not None
    assert (decision.policy.id, decision.reason_code) == ("p1", "STALE_EVIDENCE")


def test_records_may_arrive_late() -> None:
    key, state = EvidenceKey("r1", "look"), NO_HISTORY
    for at in (30, 0, *range(1, RECENT), 29):
        record = EvidenceRecord("look", START + at * 1000, "", {"id": at}, {}, "r1")
        state = state.with_evidence(key, record)
    log = state.evidence.get(key)
    assert log is not None
    times = [record.timestamp_ms for record in log.newest_first()]
    assert times == sorted(times, reverse=True)
    assert len(times) == RECENT + 2
    assert log.latest_ms == START + (RECENT - 1) * 1000


def grounded(source_field: str = "order.id", source_from: str = "result") -> Any:
    rule = GroundingRule("look", source_field, source_from)
    return document(evidence=evidence(None, {"pay": 60}, {"pay": {"order_id": rule}}))


SHOWN: list[tuple[Json, Json, str]] = [
    # result, argument, verdict in both dialects
    ({"order": {"id": "o1"}}, "o1", "allow"),
    ({"order": {"id": "o1"}}, "o2", "UNGROUNDED_ARGUMENT"),
    ({"order": {"id": 1}}, Decimal("1.0"), "allow"),
    ({"order": {"id": [1, {"a": None}]}}, [1, {"a": None}], "allow"),
    ({"order": [{"id": "o1"}]}, "o1", "UNGROUNDED_ARGUMENT"),
    ({"order.id": "o1"}, "o1", "UNGROUNDED_ARGUMENT"),
    ({"order": "id"}, "o1", "UNGROUNDED_ARGUMENT"),
    ({"order": {"id": None}}, None, "allow"),
    (None, "o1", "UNGROUNDED_ARGUMENT"),
    ("o1", "o1", "UNGROUNDED_ARGUMENT"),
]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("result", "argument", "expected"), SHOWN)
def test_grounding(dialect: Dialect, result: Json, argument: Json, expected: str) -> None:
    asked = event("pay", 1, arguments={"order_id": argument})
    assert reasons(evaluator(grounded(), dialect=dialect), look(0, result), asked)[-1] == expected


def test_a_truth_value_is_one_upstream_only() -> None:
    calls = [look(0, {"order": {"id": 1}}), event("pay", 1, arguments={"order_id": True})]
    assert reasons(evaluator(grounded()), *calls)[-1] == "UNGROUNDED_ARGUMENT"
    assert reasons(evaluator(grounded(), dialect=Dialect.UPSTREAM), *calls)[-1] == "allow"


@pytest.mark.parametrize("dialect", Dialect)
def test_an_absent_argument_is_not_looked_at(dialect: Dialect) -> None:
    assert reasons(evaluator(grounded(), dialect=dialect), event("pay", arguments={"other": 1})) == ["allow"]


@pytest.mark.parametrize("dialect", Dialect)
def test_old_records_do_not_ground(dialect: Dialect) -> None:
    found = {"order": {"id": "o1"}}
    calls = [
        look(0, found),
        event("pay", 60, arguments={"order_id": "o1"}),
        event("pay", 60.001, arguments={"order_id": "o1"}),
    ]
    assert reasons(evaluator(grounded(), dialect=dialect), *calls) == ["allow", "allow", "UNGROUNDED_ARGUMENT"]


@pytest.mark.parametrize("dialect", Dialect)
def test_any_earlier_record_will_do_however_many_there_are(dialect: Dialect) -> None:
    looks = [look(0, {"order": {"id": f"o{number}"}}) for number in range(RECENT * 2 + 5)]
    for number in (0, RECENT, RECENT * 2 + 4):
        asked = event("pay", 1, arguments={"order_id": f"o{number}"})
        assert reasons(evaluator(grounded(), dialect=dialect), *looks, asked)[-1] == "allow"


@pytest.mark.parametrize("dialect", Dialect)
def test_grounding_in_what_the_source_was_given(dialect: Dialect) -> None:
    asked = evaluator(grounded("order_id", "kwargs"), dialect=dialect)
    seen = look(0, {"order_id": "o2"}, arguments={"order_id": "o1"})
    calls = [seen, event("pay", 1, arguments={"order_id": "o1"}), event("pay", 1, arguments={"order_id": "o2"})]
    assert reasons(asked, *calls) == ["allow", "allow", "UNGROUNDED_ARGUMENT"]


def test_the_refusal_names_the_source_and_no_value() -> None:
    decision = last(evaluator(grounded()), event("pay", arguments={"order_id": "s3cret"}))
    assert decision.refusal is not None
    assert [tuple(one) for one in decision.refusal.ungrounded] == [("order_id", "look.order.id")]
    assert decision.rule == "grounding_rules.pay.order_id"
    assert "s3cret" not in repr(decision)
