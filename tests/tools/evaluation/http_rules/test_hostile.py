"""Documents and requests that are made to take long: every one ends in a bounded time."""

import time
from collections.abc import Callable
from random import Random

import pytest

from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Contains, Default, Exact, HttpRules, Least, OneOf, Per, Regex
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import allow, body, deny, header, limit, matcher, rules

SECONDS = 5.0
"""Generous: everything below takes a fraction of a second."""
LONG = "https://h" + "/a" * 4_000


def repeated(make: Callable[[int], str]) -> HttpRules:
    return rules(*(deny(f"d{n}", make(n)) for n in range(200)), default=Default.ALLOW)


DOCUMENTS = {
    "many `**`": repeated(lambda n: "/".join(["**", "a"] * 170) + f"/b{n}"),
    "many `**` and `*`": repeated(lambda n: "/".join(["**", "*", "a"] * 128) + f"/b{n}"),
    "long runs": repeated(lambda n: "**/" + "/".join(["a"] * 500) + f"/b{n}"),
    "many different literals": repeated(lambda n: "/".join(["**"] + [f"{n}x{k}" for k in range(150)])),
}


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_patterns_against_a_url_of_eight_kilobytes(name: str, dialect: Dialect) -> None:
    started = time.perf_counter()
    decision = HttpEvaluator(DOCUMENTS[name], dialect).decide(HttpRequest("GET", LONG))

    assert decision.verdict == "allow"
    assert time.perf_counter() - started < SECONDS


BODY = rules(
    *(deny(f"d{n}", matcher(body=[body("$.a.b", Exact(n), Regex(f"(a|b|ab)*{n}$"))])) for n in range(60)),
    *(deny(f"e{n}", matcher(body=[body("$.s", Contains(f"x{n}"))])) for n in range(60)),
    *(deny(f"f{n}", matcher(body=[body("$.n", Least(n)), body("$.n", OneOf(({"a": n},)))])) for n in range(60)),
    limit("l", 10, Per.BODY_FIELD, "$.n"),
    default=Default.ALLOW,
)
BODIES = {
    "deep": "[" * 500_000 + "]" * 500_000,
    "deep objects": '{"a":' * 150_000,
    "deep and never closed": "[" * 1_000_000,
    "a long integer": '{"n": ' + "9" * 1_000_000 + "}",
    "a long fraction": '{"n": 0.' + "9" * 1_000_000 + "}",
    "a huge exponent": '{"n": 1e999999999}',
    "a tiny number": '{"n": 1e-999999999}',
    "a long string": '{"s": "' + "ab" * 500_000 + '"}',
    "a string for expressions": '{"a": {"b": "' + "ab" * 500_000 + 'c"}}',
    "many members": "{" + ", ".join(f'"k{n}": {n}' for n in range(70_000)) + "}",
    "brackets in a string": '{"s": "' + "[" * 1_000_000 + '"}',
    "quotes": '"' * 1_000_000,
    "backslashes": '{"s": "' + "\\" * 1_000_000,
}


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("name", BODIES)
def test_bodies_of_a_megabyte(name: str, dialect: Dialect) -> None:
    evaluator = HttpEvaluator(BODY, dialect)
    started = time.perf_counter()
    evaluator.decide(HttpRequest("POST", "h", (), BODIES[name]))

    assert time.perf_counter() - started < SECONDS


URLS = {
    "only escapes": "h/" + "%2e" * 2_700,
    "dots": "h" + "/.." * 2_700,
    "escapes of escapes": "h/" + "%25" * 2_700,
    "malformed escapes": "h/" + "%" * 8_000,
    "at signs": "@" * 8_000 + "h",
    "colons": "h" + ":" * 8_000 + "443",
    "zeros": "h:" + "0" * 8_000,
    "schemes": "http://" * 1_100 + "h",
    "a long identifier": "h/" + "a" * 8_000 + "_1",
    "underscores": "h/" + "_" * 8_000,
    "many at signs in a segment": "h/" + "a@" * 4_000,
    "a Unicode host": "h" + "\u0301" * 8_000,
    "a right-to-left host": "\u202e" + "moc.x.ipa" + "/x",
    "a mathematical host": "\U0001d400pi.x.com/x",
    "an overlong encoding": "h/" + "%c0%ae" * 1_300,
    "four-byte text": "h/" + "\U0001f600" * 2_000,
}


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("name", URLS)
def test_urls(name: str, dialect: Dialect) -> None:
    evaluator = HttpEvaluator(rules(allow("a", "**/a/**"), limit("l", 1, Per.ENDPOINT)), dialect)
    started = time.perf_counter()
    evaluator.decide(HttpRequest("GET", URLS[name]))

    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize("dialect", Dialect)
def test_many_headers(dialect: Dialect) -> None:
    document = rules(*(deny(f"d{n}", matcher(headers=[header(f"x-{n}", Regex("(a*)*$"))])) for n in range(200)))
    request = HttpRequest("GET", "h", tuple((f"X-{n % 2}", "aab" * 100) for n in range(2_000)))
    started = time.perf_counter()
    HttpEvaluator(document, dialect).decide(request)

    assert time.perf_counter() - started < SECONDS


@pytest.mark.parametrize("dialect", Dialect)
def test_a_flood_of_keys_takes_bounded_time_and_memory(dialect: Dialect) -> None:
    evaluator = HttpEvaluator(rules(limit("l", 1, Per.ENDPOINT), default=Default.ALLOW), dialect)
    started = time.perf_counter()
    for number in range(30_000):
        evaluator.decide(HttpRequest("GET", f"h/k{number}", (), None, number * 7))

    assert time.perf_counter() - started < SECONDS
    logs = evaluator.state.shared if dialect is Dialect.UPSTREAM else evaluator.state.live["l"]
    assert len(logs) <= 10_001


@pytest.mark.parametrize("dialect", Dialect)
def test_whatever_the_text_a_decision_comes_out(dialect: Dialect) -> None:
    random = Random(3)  # noqa: S311  # no secret
    evaluator = HttpEvaluator(BODY, dialect)
    alphabet = '%/:@?#.\\h a0_é\ud800\x00\u202e{}[]",+-eE1'
    for _ in range(3_000):
        url, text = ("".join(random.choices(alphabet, k=random.randint(0, 30))) for _ in range(2))
        found = evaluator.decide(HttpRequest("GET", url, (("a", text),), text))

        assert found.evaluation_path
