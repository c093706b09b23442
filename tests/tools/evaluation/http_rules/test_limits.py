"""Counts within a sliding minute: windows, keys, order of checks, and what is recorded."""

from dataclasses import replace

import pytest

from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.limits import MAX_KEYS, LimiterState, SlidingLogs
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Default, HttpRules, Mode, Per, Rule
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import deny, limit, rules

STRICT, UPSTREAM = Dialect.STRICT, Dialect.UPSTREAM
NOON = 1_774_958_400_000


def asked(now: int = NOON, url: str = "h/x", text: str | None = None, method: str = "POST") -> HttpRequest:
    return HttpRequest(method, url, (), text, now)


def open_rules(*found: Rule, mode: Mode = Mode.ENFORCE) -> HttpRules:
    return rules(*found, default=Default.ALLOW, mode=mode)


def verdicts(evaluator: HttpEvaluator, *requests: HttpRequest) -> str:
    """The first letter of each verdict."""
    return "".join(evaluator.decide(request).verdict[0] for request in requests)


@pytest.mark.parametrize("dialect", Dialect)
def test_a_call_counts_for_exactly_sixty_seconds(dialect: Dialect) -> None:
    evaluator = HttpEvaluator(open_rules(limit("l", 1)), dialect)

    assert verdicts(evaluator, *map(asked, (NOON, NOON, NOON + 60_000, NOON + 60_001))) == "arra"


@pytest.mark.parametrize("dialect", Dialect)
def test_retry_after_is_when_it_would_pass(dialect: Dialect) -> None:
    document = open_rules(limit("l", 2))
    evaluator = HttpEvaluator(document, dialect)
    assert verdicts(evaluator, asked(NOON), asked(NOON + 10_000)) == "aa"
    refused = evaluator.decide(asked(NOON + 30_000))

    assert refused.retry_after_ms == 30_001
    assert evaluator.decide(asked(NOON + 60_000)).retry_after_ms == 1
    assert evaluator.decide(asked(NOON + 60_001)).allowed


def test_the_longest_wait_of_all_exceeded_limits_counts_and_the_first_is_named() -> None:
    document = open_rules(limit("minute", 2), limit("each", 1, Per.ENDPOINT))
    evaluator = HttpEvaluator(document, STRICT)
    evaluator.decide(asked(NOON, "h/a"))
    evaluator.decide(asked(NOON + 5_000, "h/b"))
    refused = evaluator.decide(asked(NOON + 6_000, "h/b"))

    assert (refused.matched_rule, refused.retry_after_ms) == ("minute", 59_001)
    assert [(step.rule, step.result) for step in refused.evaluation_path[-2:]] == [
        ("minute", "exceeded"), ("each", "exceeded")
    ]  # fmt: skip


@pytest.mark.parametrize("dialect", Dialect)
def test_a_refused_call_does_not_count(dialect: Dialect) -> None:
    evaluator = HttpEvaluator(open_rules(limit("l", 1)), dialect)

    assert verdicts(evaluator, *map(asked, range(NOON, NOON + 120_000, 20_000))) == "arrrar"


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("h/users/42", "h/users/43", True),
        ("h/users/42?a", "h/users/42#b", True),
        ("h/users/42", "h/users/me", False),
        ("h/a", "k/a", False),
        ("h/a/b", "h/a%2Fb", True),
        ("h/a", "h/a/b", False),
        ("h/a/b", "h/b/a", False),
    ],
)
def test_endpoints_are_host_and_templated_path(dialect: Dialect, one: str, other: str, *, shared: bool) -> None:
    evaluator = HttpEvaluator(open_rules(limit("l", 1, Per.ENDPOINT)), dialect)

    assert verdicts(evaluator, asked(url=one, method="GET"), asked(url=other)) == ("ar" if shared else "aa")


@pytest.mark.parametrize(
    ("one", "other", "strict", "upstream"),
    [
        ('{"u": "5"}', '{"u": 5}', True, True),
        ('{"u": true}', '{"u": "true"}', True, True),
        ('{"u": 5}', '{"u": 6}', False, False),
        ('{"u": 5}', '{"u": 5.0}', True, False),
        ('{"u": 0.50}', '{"u": 5e-1}', True, True),
        ('{"u": -0.0}', '{"u": 0}', True, False),
        ('{"u": 1e3}', '{"u": 1000}', True, False),
        ('{"u": "a"}', '{"u": "A"}', False, False),
        ('{"u": null}', "{}", True, True),
        ('{"u": [5]}', '{"u": {"a": 1}}', True, True),
        (None, "no json", True, True),
        (None, '{"u": "unknown"}', False, False),
        (None, '{"u": ""}', False, False),
    ],
)
def test_values_of_a_field_have_counts_of_their_own(
    one: str | None, other: str, *, strict: bool, upstream: bool
) -> None:
    for dialect, shared in ((STRICT, strict), (UPSTREAM, upstream)):
        evaluator = HttpEvaluator(open_rules(limit("l", 1, Per.BODY_FIELD, "$.u")), dialect)

        assert verdicts(evaluator, asked(text=one), asked(text=other)) == ("ar" if shared else "aa"), dialect


def test_unknown_values_are_shared_by_all_fields_upstream_and_by_none_strictly() -> None:
    document = open_rules(limit("a", 2, Per.BODY_FIELD, "a"), limit("b", 2, Per.BODY_FIELD, "b"))

    assert verdicts(HttpEvaluator(document, STRICT), *[asked()] * 3) == "aar"
    assert verdicts(HttpEvaluator(document, UPSTREAM), *[asked()] * 3) == "arr"


def test_two_global_limits_of_ten_and_twenty_admit_five_upstream_and_ten_strictly() -> None:
    document = open_rules(limit("ten", 10), limit("twenty", 20))
    requests = [asked()] * 30

    assert verdicts(HttpEvaluator(document, STRICT), *requests).count("a") == 10
    assert verdicts(HttpEvaluator(document, UPSTREAM), *requests).count("a") == 5


def test_what_a_rule_denies_uses_up_the_limit_upstream_only() -> None:
    document = open_rules(deny("d", "h/no"), limit("l", 1))
    requests = [asked(url="h/no"), asked(url="h/yes"), asked(url="h/no")]

    assert verdicts(HttpEvaluator(document, STRICT), *requests) == "dad"
    assert verdicts(HttpEvaluator(document, UPSTREAM), *requests) == "drr"


def test_a_call_that_one_limit_refuses_is_recorded_by_none_strictly_and_by_those_before_it_upstream() -> None:
    document = open_rules(limit("all", 3), limit("each", 1, Per.ENDPOINT))
    requests = [asked(url="h/a"), asked(url="h/a"), asked(url="h/a"), asked(url="h/b"), asked(url="h/c")]

    assert verdicts(HttpEvaluator(document, STRICT), *requests) == "arraa"
    assert verdicts(HttpEvaluator(document, UPSTREAM), *requests) == "arrrr"


def test_keys_beyond_the_most_share_one_count_strictly() -> None:
    document = open_rules(limit("l", 1, Per.ENDPOINT))
    evaluator = HttpEvaluator(document, STRICT, LimiterState(max_keys=2))
    requests = [asked(url=f"h/{name}") for name in "abcdab"]

    assert verdicts(evaluator, *requests) == "aaarrr"
    assert verdicts(evaluator, asked(NOON + 60_001, "h/d"), asked(NOON + 60_001, "h/c")) == "aa"


def test_a_flood_of_keys_resets_counts_upstream_only() -> None:
    document = open_rules(limit("l", 1, Per.ENDPOINT))
    requests = [
        asked(url="h/a"),
        asked(url="h/b"),
        asked(url="h/a"),
        asked(url="h/c"),
        asked(url="h/b"),
        asked(url="h/a"),
    ]

    assert verdicts(HttpEvaluator(document, UPSTREAM, LimiterState(max_keys=2)), *requests) == "aaraaa"
    assert verdicts(HttpEvaluator(document, STRICT, LimiterState(max_keys=2)), *requests) == "aararr"


@pytest.mark.parametrize("dialect", Dialect)
def test_ten_thousand_keys_are_counted_one_by_one(dialect: Dialect) -> None:
    evaluator = HttpEvaluator(open_rules(limit("l", 1, Per.BODY_FIELD, "u")), dialect)
    found = verdicts(evaluator, *(asked(text=f'{{"u": "{n}"}}') for n in range(MAX_KEYS)))

    assert found == "a" * MAX_KEYS
    assert verdicts(evaluator, *[asked(text='{"u": "new"}'), asked(text='{"u": "newer"}')]) == {
        STRICT: "ar", UPSTREAM: "aa"
    }[dialect]  # fmt: skip


def test_dry_run_counts_apart_strictly_and_not_at_all_upstream() -> None:
    document = open_rules(limit("l", 1), mode=Mode.DRY_RUN)
    strict, upstream = HttpEvaluator(document, STRICT), HttpEvaluator(document, UPSTREAM)
    strict.decide(asked())
    observed = strict.decide(asked())

    assert observed.allowed
    assert (observed.verdict, observed.deny_reason) == ("rate_limit", "rate limit 'l' exceeded")
    assert not strict.state.live
    assert verdicts(upstream, asked(), asked()) == "aa"
    assert upstream.decide(asked()).evaluation_path[1].result == "skipped"
    enforced = HttpEvaluator(replace(document, mode=Mode.ENFORCE), STRICT, strict.state)
    assert enforced.decide(asked()).allowed


def test_counts_go_on_where_a_new_document_is_given_the_state() -> None:
    for dialect, name, expected in ((STRICT, "l", "r"), (STRICT, "m", "a"), (UPSTREAM, "m", "r")):
        first = HttpEvaluator(open_rules(limit("l", 1)), dialect)
        first.decide(asked())

        assert verdicts(HttpEvaluator(open_rules(limit(name, 1)), dialect, first.state), asked()) == expected


@pytest.mark.parametrize("dialect", Dialect)
def test_the_pure_form_leaves_the_given_counts_as_they_are(dialect: Dialect) -> None:
    evaluator = HttpEvaluator(open_rules(limit("l", 1)), dialect)
    start = LimiterState()
    (one, after), (again, _) = evaluator.decided(start, asked()), evaluator.decided(start, asked())
    other, last = evaluator.decided(after, asked(NOON + 1))

    assert (one, again) == (again, one)
    assert (one.verdict, other.verdict) == ("allow", "rate_limit")
    assert evaluator.decided(last, asked(NOON + 60_001))[0].allowed
    assert verdicts(evaluator, asked(), asked()) == "ar"


@pytest.mark.parametrize("dialect", Dialect)
def test_times_out_of_order_count_as_if_they_were_in_order(dialect: Dialect) -> None:
    evaluator = HttpEvaluator(open_rules(limit("l", 2)), dialect)

    assert verdicts(evaluator, asked(NOON + 50_000), asked(NOON), asked(NOON + 50_000)) == "aar"
    assert verdicts(evaluator, asked(NOON + 60_001), asked(NOON + 60_001)) == "ar"


def test_logs_forget_what_is_too_old() -> None:
    logs = SlidingLogs()
    for now in range(0, 200_000, 1000):
        logs.expire(now)
        logs.record(("a", str(now)), now)

    assert len(logs) == 61
    assert len(logs._oldest) == 61
