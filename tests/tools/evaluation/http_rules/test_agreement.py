"""The evaluator and a naive second implementation decide alike, in both dialects, whatever the document and the requests."""

from collections import Counter
from collections.abc import Iterable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bylaw.evaluation.http_rules.decisions import HttpDecision
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.limits import LimiterState
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import HttpRules
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules import generating
from tools.evaluation.http_rules.naive import Answer, Naive

RANDOMS = st.randoms(use_true_random=True)
UPSTREAM = Dialect.UPSTREAM


def answer(decision: HttpDecision) -> Answer:
    steps = tuple((str(step.stage), step.rule, str(step.result)) for step in decision.evaluation_path)
    return Answer(
        decision.allowed,
        decision.verdict,
        decision.deny_reason,
        decision.matched_rule,
        decision.matched_rule_kind,
        decision.source,
        decision.retry_after_ms,
        steps,
    )


def compare(
    document: HttpRules, dialect: Dialect, requests: Iterable[HttpRequest], *, max_keys: int = 10_000, killed: int = -1
) -> Counter[str]:
    evaluator = HttpEvaluator(document, dialect, LimiterState(max_keys))
    naive = Naive(document, dialect, max_keys)
    verdicts: Counter[str] = Counter()
    for place, request in enumerate(requests):
        expected = naive.decide(request, kill_switch=place == killed)

        assert answer(evaluator.decide(request, kill_switch=place == killed)) == expected, (document, request)
        verdicts[expected.verdict] += 1
    return verdicts


@given(RANDOMS)
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("dialect", Dialect)
def test_on_any_documents_and_any_requests(dialect: Dialect, random: Random) -> None:
    for _ in range(40):
        document = generating.document(random, broken=dialect is UPSTREAM, limits=0.1)
        requests = [generating.request(random) for _ in range(8)]

        compare(document, dialect, requests, killed=random.choice([-1, -1, 3]))


@given(RANDOMS)
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize("dialect", Dialect)
def test_on_any_sequence_with_limits_and_few_keys(dialect: Dialect, random: Random) -> None:
    for _ in range(15):
        document = generating.document(random, limits=0.7)

        compare(document, dialect, generating.sequence(random, 16), max_keys=random.choice([1, 2, 3, 10_000]))


@pytest.mark.parametrize("dialect", Dialect)
def test_the_generators_reach_every_verdict_often(dialect: Dialect) -> None:
    random = Random(1)  # noqa: S311  # no secret
    found: Counter[str] = Counter()
    for _ in range(300):
        found += compare(generating.document(random), dialect, [generating.request(random) for _ in range(8)], killed=7)
        found += compare(generating.document(random, limits=0.6), dialect, generating.sequence(random, 8))

    floors = {"allow": 500, "deny": 500, "rate_limit": 100, "kill_switch": 100, "error": 20}
    assert {verdict: found[verdict] for verdict, floor in floors.items() if found[verdict] < floor} == {}, found
