"""Personal data in arguments, and calls that go round."""

from typing import Any

import pytest

from bylaw.evaluation.governance.decisions import Stage, StepResult
from bylaw.evaluation.governance.pii import CATEGORIES, EXTRA
from bylaw.languages.governance.model import LoopRule, PiiRule
from bylaw.model.dialects import Dialect
from tools.evaluation.governance.asking import evaluator, event, last, reasons
from tools.evaluation.governance.documents import document, guardrails

TEXTS = [
    ("write to John.Doe+x@mail.example.com!", {"email"}),
    ("john@localhost", set()),
    ("123-45-6789", {"us_ssn"}),
    ("123456789", {"us_ssn"}),
    ("000-45-6789", set()),
    ("666-45-6789", set()),
    ("900-45-6789", set()),
    ("123-00-6789", set()),
    ("123-45-0000", set()),
    ("4111 1111 1111 1111", {"credit_card"}),
    ("4111 1111 1111 1112", set()),
    ("378282246310005", {"credit_card"}),
    ("(415) 555-2671", {"phone_us"}),
    ("+1 415.555.2671", {"phone_us"}),
    ("115-555-2671", set()),
    ("sk-" + "a1B2" * 6, {"api_key_like"}),
    ("sk-" + "a1B2" * 5, set()),
    ("f0" * 20, {"api_key_like"}),
    ("f0" * 19, set()),
    ("AKIAIOSFODNN7EXAMPLE", {"aws_access_key"}),
    ("AKIAIOSFODNN7EXAMPL", set()),
    ("-----BEGIN OPENSSH PRIVATE KEY-----", {"private_key_block"}),
    ("-----BEGIN PUBLIC KEY-----", set()),
    ("", set()),
]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_what_personal_data_looks_like(dialect: Dialect, text: str, expected: set[str]) -> None:
    decision = last(
        evaluator(document(guardrails=guardrails(pii_by_default=True)), dialect=dialect), event(arguments={"x": text})
    )
    if not expected:
        assert decision.reason_code is None
        return
    assert decision.reason_code == "PII_DETECTED"
    assert decision.refusal is not None
    assert decision.refusal.personal is not None
    assert set(decision.refusal.personal.categories) == expected
    assert decision.rule == "pii_default_enabled"
    assert text not in repr(decision)


MAIL = "a@b.example"
RULES = [
    (PiiRule(("email",)), {"a": {"b": [1, {"c": MAIL}]}}, ("a.b[1].c",)),
    (PiiRule(("email",)), {"a": [MAIL, MAIL], "b": MAIL}, ("a[0]", "a[1]", "b")),
    (PiiRule(("email",)), {MAIL: 1, "n": None, "t": True}, None),
    (PiiRule(("us_ssn",)), {"a": MAIL}, None),
    (PiiRule(tuple(CATEGORIES), (), ("email",)), {"a": MAIL}, None),
    (PiiRule((), ("^emp-[0-9]+$",)), {"a": "emp-17"}, ("a",)),
    (PiiRule(("no such",)), {"a": MAIL}, None),
]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(("rule", "arguments", "fields"), RULES)
def test_where_it_is_looked_for(
    dialect: Dialect, rule: PiiRule, arguments: dict[str, Any], fields: tuple[str, ...] | None
) -> None:
    decision = last(
        evaluator(document(guardrails=guardrails({"pay": rule})), dialect=dialect), event(arguments=arguments)
    )
    found = None if decision.refusal is None else decision.refusal.personal
    assert (None if found is None else found.fields) == fields
    if rule.extra_patterns:
        assert found is not None
        assert found.categories == (EXTRA,)


def test_a_long_hostile_text_takes_no_time() -> None:
    text = "a." * 100_000 + "1 " * 100_000
    assert reasons(evaluator(document(guardrails=guardrails(pii_by_default=True))), event(arguments={"x": text})) == [
        "allow"
    ]


LOOP = document(guardrails=guardrails(None, {"pay": LoopRule(3, 10, ("nonce",))}))


@pytest.mark.parametrize(
    ("times", "strict", "upstream"),
    [
        ([0, 1, 2], "LOOP_DETECTED", "LOOP_DETECTED"),
        ([0, 1, 10], "LOOP_DETECTED", "LOOP_DETECTED"),
        ([0, 1, 10.001], "allow", "allow"),
        ([0, 1, 2, 11], "allow", "LOOP_DETECTED"),
        ([0, 1, 2, 11.001], "allow", "allow"),
        ([0, 1, 9, 11], "allow", "LOOP_DETECTED"),
        ([0, 1, 9, 11.001], "allow", "allow"),
        ([0, 0, 9, 9, 10.5], "allow", "LOOP_DETECTED"),
    ],
)
def test_the_call_that_reaches_the_threshold_is_refused(times: list[float], strict: str, upstream: str) -> None:
    calls = [event("pay", at, arguments={"n": 1, "nonce": at > 1}) for at in times]
    for dialect, expected in ((Dialect.STRICT, strict), (Dialect.UPSTREAM, upstream)):
        assert reasons(evaluator(LOOP, dialect=dialect), *calls)[-1] == expected


def test_other_arguments_are_other_calls() -> None:
    calls = [event("pay", arguments={"n": number}) for number in (1, 2, 1, 3, 1)]
    assert reasons(evaluator(LOOP), *calls) == ["allow"] * 4 + ["LOOP_DETECTED"]


@pytest.mark.parametrize(("dialect", "expected"), [(Dialect.STRICT, "LOOP_DETECTED"), (Dialect.UPSTREAM, "allow")])
def test_the_original_remembers_no_more_than_thirty_two(dialect: Dialect, expected: str) -> None:
    asked = evaluator(document(guardrails=guardrails(None, {"pay": LoopRule(33, 10)})), dialect=dialect)
    assert reasons(asked, *(event("pay") for _ in range(40)))[32] == expected


def test_the_default_is_five_within_ten_seconds() -> None:
    asked = evaluator(document(guardrails=guardrails(loop_by_default=True)))
    assert reasons(asked, *(event("any") for _ in range(5))) == ["allow"] * 4 + ["LOOP_DETECTED"]


def test_moderation_is_reported_as_not_evaluated() -> None:
    decision = last(evaluator(document(guardrails=guardrails(moderation_by_default=True))), event())
    assert [step.result for step in decision.evaluation_path if step.stage is Stage.MODERATION] == [
        StepResult.NOT_EVALUATED
    ]
