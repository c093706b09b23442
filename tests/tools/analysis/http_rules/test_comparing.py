"""What a comparison says of two documents, and what sampled requests say of the comparison."""

from random import Random

import pytest

from bylaw.analysis.http_rules.comparing import Compared, Reading, compare
from bylaw.evaluation.http_rules.decisions import Verdict
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Default, HttpRules, Least, Window
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import allow, body, deny, matcher, rules
from tools.evaluation.http_rules.generating import document, request

API = "api.example.com/**"


def verdict_of(before: HttpRules, after: HttpRules) -> str:
    removed, added = compare(Reading(before), Reading(after))
    assert removed.is_settled
    assert added.is_settled
    return f"{'widens' if added.differences else ''} {'narrows' if removed.differences else ''}".strip() or "equal"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (rules(allow("a", API)), rules(allow("renamed", "api.example.com/**")), "equal"),
        (rules(allow("a", API)), rules(allow("a", API), allow("b", "api.example.com/v1")), "equal"),
        (rules(allow("a", API)), rules(allow("a", "api.example.com/*")), "narrows"),
        (rules(allow("a", "*/v1")), rules(allow("a", "**")), "widens"),
        (rules(allow("a", API), deny("d", "**/admin/**")), rules(allow("a", API)), "widens"),
        (rules(deny("d", "h"), default=Default.ALLOW), rules(deny("d", "h")), "narrows"),
        (
            rules(allow("a", matcher(methods="GET POST"))),
            rules(allow("b", matcher(methods="POST")), allow("c", matcher(methods="GET"))),
            "equal",
        ),
        (
            rules(allow("a"), deny("d", matcher(body=[body("$.amount", Least(100))]))),
            rules(allow("a"), deny("d", matcher(body=[body("amount", Least(101))]))),
            "widens",
        ),
        (
            rules(allow("a", matcher(outside=Window(540, 1020, 0)))),
            rules(allow("a", matcher(outside=Window(600, 1080, 60)))),
            "equal",
        ),
        (
            rules(allow("a", matcher(outside=Window(540, 1020, 0)))),
            rules(allow("a", matcher(outside=Window(540, 1021, 0)))),
            "narrows",
        ),
        (rules(allow("a", "h/{id}")), rules(allow("a", "h/42"), allow("b", "h/{id}")), "equal"),
        (rules(allow("a", "h/42")), rules(allow("a", "h/{id}")), "widens"),
        (rules(), rules(deny("d", "h")), "equal"),
    ],
)
def test_what_a_change_means(before: HttpRules, after: HttpRules, expected: str) -> None:
    assert verdict_of(before, after) == expected


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("dialects", [(Dialect.STRICT, Dialect.STRICT), (Dialect.UPSTREAM, Dialect.UPSTREAM)])
def test_no_sampled_request_contradicts_a_comparison(seed: int, dialects: tuple[Dialect, Dialect]) -> None:
    random = Random(seed)  # noqa: S311 - not for secrets
    for _ in range(8):
        readings = [Reading(document(random, limits=0), dialect) for dialect in dialects]
        found = compare(*readings)
        evaluators = [HttpEvaluator(*reading) for reading in readings]
        for _ in range(80):
            one = request(random)
            verdicts = [evaluator.decide(one).verdict for evaluator in evaluators]
            if Verdict.ERROR not in verdicts:
                _is_not_contradicted(found, one, [verdict is Verdict.ALLOW for verdict in verdicts])


def _is_not_contradicted(found: tuple[Compared, Compared], one: HttpRequest, allowed: list[bool]) -> None:
    for compared, pattern in zip(found, ([True, False], [False, True]), strict=True):
        if allowed == pattern:
            assert compared.differences or not compared.is_settled, one
