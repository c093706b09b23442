"""Which tier decides, what each mode makes of it, and what a decision tells."""

import pytest

from bylaw.evaluation.http_rules.decisions import HttpDecision, Result, Stage, Step
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Default, Exact, HttpRules, Least, Mode, Per, Prefix, Regex, Rule, Window
from bylaw.languages.portable_regex import RegexError
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import allow, body, deny, header, limit, matcher, rules

STRICT, UPSTREAM = Dialect.STRICT, Dialect.UPSTREAM
GET = HttpRequest("GET", "https://h/a/b")


def decided(document: HttpRules, request: HttpRequest = GET, dialect: Dialect = STRICT) -> HttpDecision:
    return HttpEvaluator(document, dialect).decide(request)


def summary(decision: HttpDecision) -> tuple[bool, str, str | None, str | None, str | None]:
    return (
        decision.allowed, decision.verdict, decision.deny_reason, decision.matched_rule, decision.matched_rule_kind
    )  # fmt: skip


DENIED = (False, "deny", "denied by rule 'd'", "d", "deny")
ALLOWED = (True, "allow", None, "a", "allow")


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (rules(), (False, "deny", "denied by default policy", None, "default")),
        (rules(default=Default.ALLOW), (True, "allow", None, None, "default")),
        (rules(allow("a")), ALLOWED),
        (rules(allow("a"), default=Default.ALLOW), ALLOWED),
        (rules(allow("a", "h/a/b"), deny("d", "**")), DENIED),
        (rules(deny("d"), allow("a", "h/a/b")), DENIED),
        (rules(deny("x", "h/other"), allow("a")), ALLOWED),
        (rules(deny("any"), deny("d", "h/a/b"), deny("last", "h/a/b")), DENIED),
        (rules(allow("any"), allow("some", "*/a/**"), allow("a", "h/a/**"), allow("other", "**/a/b")), ALLOWED),
        (rules(deny("d", matcher(methods="GET POST"))), DENIED),
        (rules(allow("a", matcher(methods="")), deny("d", matcher(methods="POST"))), ALLOWED),
    ],
)
def test_tiers(document: HttpRules, expected: tuple[object, ...], dialect: Dialect) -> None:
    assert summary(decided(document, dialect=dialect)) == expected


@pytest.mark.parametrize("dialect", Dialect)
def test_a_method_is_compared_as_it_is(dialect: Dialect) -> None:
    document = rules(deny("d", matcher(methods="GET")), default=Default.ALLOW)

    assert not decided(document, dialect=dialect).allowed
    assert decided(document, HttpRequest("get", "h"), dialect).allowed
    assert not decided(rules(deny("any"), default=Default.ALLOW), HttpRequest("TRACE", "h"), dialect).allowed


@pytest.mark.parametrize("dialect", Dialect)
def test_all_parts_of_a_matcher_have_to_hold(dialect: Dialect) -> None:
    full = matcher(
        "h/pay/**",
        methods="POST",
        body=[body("$.amount", Least(50)), body("$.kind", Exact("wire"))],
        headers=[header("X-Env", Exact("prod"))],
        outside=Window(540, 1080, 0),
    )
    document = rules(allow("a", full))
    headers, text, night = (("x-env", "prod"),), '{"amount": 50, "kind": "wire"}', 0
    good = ("POST", "h/pay/1", headers, text, night)
    parts = [("GET",), ("h/buy",), ((),), ('{"amount": 49, "kind": "wire"}', '{"amount": 50}', None), (36_000_000,)]

    assert decided(document, HttpRequest(*good), dialect).allowed
    for place, others in enumerate(parts):
        for other in others:
            bad = HttpRequest(*good[:place], other, *good[place + 1 :])  # type: ignore[arg-type, call-arg]
            assert not decided(document, bad, dialect).allowed, bad


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("mode", Mode)
def test_only_rules_and_default_give_way_to_dry_run(mode: Mode, dialect: Dialect) -> None:
    dry = mode is Mode.DRY_RUN
    denied = rules(deny("d"), mode=mode)
    evaluator = HttpEvaluator(denied, dialect)

    assert summary(evaluator.decide(GET)) == (dry, *DENIED[1:])
    assert summary(decided(rules(mode=mode), dialect=dialect))[:3] == (dry, "deny", "denied by default policy")
    killed = evaluator.decide(GET, kill_switch=True)
    assert summary(killed) == (False, "kill_switch", "kill switch active", None, "kill_switch")
    assert killed.evaluation_path == (Step(Stage.KILL_SWITCH, None, Result.ACTIVE),)
    assert killed.mode is mode
    broken = evaluator.decide(HttpRequest("GET", "h/\ud800"), kill_switch=True)
    assert summary(broken) == (False, "error", None, None, None)
    assert [(step.stage, step.result) for step in broken.evaluation_path] == [("error", "failed")]


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("method", "headers"), [("\ud800", ()), ("GET", (("\udfff", "a"),)), ("GET", (("b", "c"), ("a", "\ud800")))]
)
def test_what_no_encoding_can_carry_is_an_error(
    method: str, headers: tuple[tuple[str, str], ...], dialect: Dialect
) -> None:
    document = rules(allow("a", matcher(headers=[header("a", Regex("."))])), default=Default.ALLOW)

    assert decided(document, HttpRequest(method, "h", headers), dialect).verdict == "error"


def test_a_url_that_the_strict_dialect_refuses_is_an_error_that_says_why() -> None:
    found = decided(rules(default=Default.ALLOW, mode=Mode.DRY_RUN), HttpRequest("GET", "ftp://h"))

    assert summary(found) == (False, "error", None, None, None)
    assert found.evaluation_path[0].detail == "the scheme is neither http nor https"


def path(decision: HttpDecision) -> str:
    return " ".join(f"{step.stage}:{step.rule or ''}={step.result}" for step in decision.evaluation_path)


UNDENIED = "kill_switch:=pass deny_rules:d1=no_match deny_rules:d2=no_match"
TRACED = (deny("d1", "h"), deny("d2", "h/**"), allow("a1", "h/x"), allow("a2", "h/**"), limit("l1", 2), limit("l2", 1))


@pytest.mark.parametrize(
    ("dialect", "mode", "url", "expected"),
    [
        (STRICT, Mode.ENFORCE, "h", "kill_switch:=pass deny_rules:d1=matched"),
        (STRICT, Mode.ENFORCE, "h/x", "kill_switch:=pass deny_rules:d1=no_match deny_rules:d2=matched"),
        (
            STRICT, Mode.ENFORCE, "k",
            f"{UNDENIED} allow_rules:a1=no_match allow_rules:a2=no_match default:=deny",
        ),
        (
            UPSTREAM, Mode.ENFORCE, "h",
            "kill_switch:=pass rate_limit:l1=pass rate_limit:l2=exceeded",
        ),
        (
            UPSTREAM, Mode.DRY_RUN, "h",
            "kill_switch:=pass rate_limit:l1=skipped rate_limit:l2=skipped deny_rules:d1=matched",
        ),
    ],
)  # fmt: skip
def test_the_path_has_a_step_for_each_rule_tried(dialect: Dialect, mode: Mode, url: str, expected: str) -> None:
    assert path(decided(rules(*TRACED, mode=mode), HttpRequest("GET", url), dialect)) == expected


def test_limits_come_last_strictly() -> None:
    document = rules(allow("a"), limit("l1", 2), limit("l2", 1, Per.ENDPOINT))
    evaluator = HttpEvaluator(document, STRICT)

    first = "kill_switch:=pass allow_rules:a=matched rate_limit:l1=pass"
    assert path(evaluator.decide(GET)) == f"{first} rate_limit:l2=pass"
    assert path(evaluator.decide(GET)) == f"{first} rate_limit:l2=exceeded"


def test_a_permanent_denial_is_never_told_as_one_to_retry_strictly() -> None:
    document = rules(deny("d", "h/no"), limit("l", 1), default=Default.ALLOW)
    requests = [GET, HttpRequest("GET", "h/no")]
    evaluators = {dialect: HttpEvaluator(document, dialect) for dialect in Dialect}
    found = {
        dialect: [str(evaluator.decide(request).verdict) for request in requests]
        for dialect, evaluator in evaluators.items()
    }

    assert found == {STRICT: ["allow", "deny"], UPSTREAM: ["allow", "rate_limit"]}


def test_a_broken_expression_cannot_be_compiled_strictly() -> None:
    document = rules(deny("d", matcher(body=[body("a", Regex("("))])))

    with pytest.raises(RegexError):
        HttpEvaluator(document, STRICT)
    assert HttpEvaluator(document, UPSTREAM).decide(GET).matched_rule is None


TRAPS = [
    ("a tool's name that looks like an identifier", deny("d", "mail/tools/delete_email"), "mail/tools/delete_email"),
    ("an authority that ends at a question mark", deny("d", "evil.test/**"), "https://evil.test?@api.ok.com/v1"),
    ("a query without a path", deny("d", "h"), "https://h?x=1"),
    ("a scheme in capitals", deny("d", "h/x"), "HTTPS://h/x"),
    ("a host with its final dot", deny("d", "h/x"), "https://h./x"),
    ("other letters than ASCII", deny("d", "h/é"), "https://h/%C3%A9"),
    ("a malformed escape", deny("d", "h/%zzbc"), "https://h/%zzbc"),
]


@pytest.mark.parametrize(("rule", "url"), [trap[1:] for trap in TRAPS], ids=[trap[0] for trap in TRAPS])
def test_traps_that_the_strict_dialect_closes(rule: Rule, url: str) -> None:
    document = rules(rule, default=Default.ALLOW)

    assert not decided(document, HttpRequest("GET", url), STRICT).allowed
    assert decided(document, HttpRequest("GET", url), UPSTREAM).allowed


@pytest.mark.parametrize(
    "text", ["{", "", '{"amount": 1, "amount": 99999}', "[" * 200 + "]" * 200, '{"amount": 50001.0}']
)
def test_a_body_rule_cannot_be_avoided_by_what_the_gateway_cannot_read(text: str) -> None:
    capped = matcher(body=[body("$.amount", Least(50001))])
    denying, allowing = rules(deny("d", capped), default=Default.ALLOW), rules(allow("a", capped))

    assert not decided(denying, HttpRequest("POST", "h", (), text)).allowed
    assert decided(allowing, HttpRequest("POST", "h", (), text)).allowed is (text == '{"amount": 50001.0}')


def test_a_decision_tells_whose_rule_it_was() -> None:
    assert decided(rules(deny("d"))).source == "agent"
    assert decided(rules()).source is None


def test_headers_are_no_reason_to_deny_when_they_cannot_match() -> None:
    document = rules(deny("d", matcher(headers=[header("a", Prefix("b"))])), default=Default.ALLOW)

    assert decided(document, HttpRequest("GET", "h", (("A", "bc"),))).verdict == "deny"
    assert decided(document, HttpRequest("GET", "h")).verdict == "allow"
