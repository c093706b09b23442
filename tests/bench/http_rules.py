"""How many requests one core decides against a large `http-rules` document, and what hostile requests cost.

Limits hold for a slow core; a rate is given as microseconds for one request.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from random import Random

from bench.bound import Bound
from bylaw.analysis.http_rules.comparing import Reading, compare
from bylaw.analysis.http_rules.facts import Facts
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.limits import LimiterState
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import (
    Allow,
    BodyMatcher,
    Default,
    Deny,
    Exact,
    HeaderMatcher,
    HttpRules,
    Least,
    Limit,
    Matcher,
    Method,
    Mode,
    Per,
    Prefix,
    Regex,
    Rule,
    Window,
)
from bylaw.model.dialects import Dialect
from bylaw.model.spans import Position, Span

SPAN = Span("policy.yaml", Position(1, 1), Position(1, 1))
RULES, URLS, REQUESTS = 200, 1_000, 20_000
START = 1_774_958_400_000
_METHODS = (Method.GET, Method.POST, Method.PUT, Method.DELETE)


def rule(number: int) -> Rule:
    """One rule of a mixed document, unlike those of other numbers."""
    host, path = f"api{number % 20}.example.com", f"v1/things{number % 50}"
    body = BodyMatcher("$.amount", (Least(1000 * number),), SPAN)
    kind = BodyMatcher("$.kind", (Exact(f"k{number}"),), SPAN)
    text = BodyMatcher("$.note", (Regex(f"^n{number}[a-z]+$"),), SPAN)
    header = HeaderMatcher("X-Team", None, (Prefix(f"team{number}"),), SPAN)
    methods = frozenset({_METHODS[number % 4]})
    shapes = (
        Allow(Matcher(methods, f"{host}/{path}/*", (), (), None)),
        Allow(Matcher(frozenset(), f"{host}/**", (), (), None)),
        Deny(Matcher(frozenset({Method.POST}), f"{host}/{path}/{{id}}", (body,), (), None)),
        Deny(Matcher(methods, f"**/admin{number}/**", (), (), None)),
        Deny(Matcher(frozenset({Method.POST}), f"{host}/v1/**", (kind,), (), None)),
        Allow(Matcher(methods, f"*/{path}/**", (), (header,), None)),
        Deny(Matcher(frozenset({Method.POST}), f"{host}/**/items", (text,), (), None)),
        Deny(Matcher(methods, f"{host}/night/**", (), (), Window(480, 1080, 0))),
    )
    return Rule(f"rule-{number}", shapes[number % len(shapes)], SPAN)


def document(*, limits: bool) -> HttpRules:
    """Two hundred rules over twenty hosts."""
    counted = (
        Rule("all", Limit(1_000_000, Per.GLOBAL, None), SPAN),
        Rule("each", Limit(100_000, Per.ENDPOINT, None), SPAN),
    )
    rules = tuple(rule(number) for number in range(RULES - 2 * limits)) + (counted if limits else ())
    return HttpRules(None, Default.DENY, Mode.ENFORCE, mode_is_given=True, rules=rules)


def requests(random: Random, urls: int, *, bodies: float) -> list[HttpRequest]:
    """Requests over so many URLs, a share of them with a small JSON body."""
    paths = [
        f"https://api{number % 20}.example.com/v1/things{number % 50}/{number}?page=2"
        if number % 3
        else f"https://api{number % 20}.example.com/v2/a{number}/items"
        for number in range(urls)
    ]
    found = []
    for number in range(REQUESTS):
        body = f'{{"amount": {number}, "kind": "k{number % 300}", "note": "n{number % 300}abc"}}'
        with_body = random.random() < bodies
        headers = (("content-type", "application/json"), ("X-Team", f"team{number % 200}"))
        method = "POST" if with_body else "GET"
        found.append(HttpRequest(method, random.choice(paths), headers, body if with_body else None, START + number))
    return found


def microseconds(evaluator: HttpEvaluator, asked: Sequence[HttpRequest]) -> float:
    """For one request; the best of several runs."""
    best = float("inf")
    for _ in range(3):
        state = LimiterState()
        started = time.perf_counter()
        for request in asked:
            evaluator.decide_in(state, request)
        best = min(best, time.perf_counter() - started)
    return best / len(asked) * 1e6


def rates() -> Iterator[Bound]:
    """A document of 200 rules; 20 microseconds are 50,000 requests a second."""
    random = Random(7)  # noqa: S311  # no secret
    some, none = requests(random, URLS, bodies=0.5), requests(random, URLS, bodies=0)
    strict, upstream = Dialect.STRICT, Dialect.UPSTREAM
    plain, counted = document(limits=False), document(limits=True)
    cases = (
        ("half with a body", HttpEvaluator(plain, strict), some, 20),
        ("no bodies", HttpEvaluator(plain, strict), none, 10),
        ("half with a body, two limits", HttpEvaluator(counted, strict), some, 20),
        ("half with a body, two limits, upstream", HttpEvaluator(counted, upstream), some, 30),
        ("no bodies, every URL new", HttpEvaluator(plain, strict), requests(random, 200_000, bodies=0), 60),
    )
    for name, evaluator, asked, limit in cases:
        yield Bound(f"a request against {RULES} http-rules: {name}", microseconds(evaluator, asked), limit, "us")


def hostile() -> Iterator[Bound]:
    """Two hundred patterns full of `**`, and a URL of eight kilobytes."""
    pattern = "/".join(["**", "a"] * 200)
    rules = tuple(
        Rule(f"r{n}", Deny(Matcher(frozenset(), f"{pattern}/b{n}", (), (), None)), SPAN) for n in range(RULES)
    )
    evaluator = HttpEvaluator(
        HttpRules(None, Default.DENY, Mode.ENFORCE, mode_is_given=True, rules=rules), Dialect.STRICT
    )
    url = "https://h" + "/a" * 4_000
    started = time.perf_counter()
    evaluator.decide(HttpRequest("GET", url))
    yield Bound("a URL of 8 KB against 200 patterns of 200 `**`", (time.perf_counter() - started) * 1000, 2_000, "ms")


def analysis() -> Iterator[Bound]:
    """Everything that is said of a document of 200 rules, and a comparison with one that differs in its last rule."""
    rules = document(limits=True)
    yield Bound(f"all facts of {RULES} http-rules", best_milliseconds(lambda: facts_of(rules)), 1_000, "ms")
    other = replace(rules, rules=rules.rules[:-1])
    compared = best_milliseconds(lambda: compare(Reading(rules), Reading(other)))
    yield Bound(f"a comparison of {RULES} http-rules with one fewer", compared, 1_000, "ms")


def facts_of(rules: HttpRules) -> None:
    """Ask everything that the lint rules ask."""
    facts = Facts(rules)
    for name in ("never", "contradictions", "redundant", "shadowed", "broad", "dead_denies", "divergence", "undecided"):
        getattr(facts, name)


def best_milliseconds(act: Callable[[], object]) -> float:
    """Of three times."""
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - started)
    return best * 1000


def http_rules() -> list[Bound]:
    """Everything."""
    return [*rates(), *hostile(), *analysis()]
