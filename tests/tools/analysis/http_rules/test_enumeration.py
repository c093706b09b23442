"""Over a small universe that has a request for each way in which the rules can tell requests apart, every finding and every
non-finding is what going through all of it says."""

from functools import cache
from itertools import pairwise, product
from random import Random
from typing import Any, Final

import pytest

from bylaw.analysis.http_rules.comparing import Reading, compare, first_only
from bylaw.analysis.http_rules.facts import Facts, alone
from bylaw.evaluation.http_rules.decisions import Verdict
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Allow, Default, Exact, HttpRules, Least, Prefix, Rule, Window
from bylaw.model.dialects import Dialect
from tools.evaluation.http_rules.building import allow, body, deny, header, matcher, rules

PATHS: Final = ("", *"xyz", *map("/".join, product("xyz", repeat=2)), "x/y/z", "x/x/y", "z/z/z", "x/z/y", "z/x/y")
URLS: Final = tuple(
    f"https://{host}{path and f'/{path}'}" for host, path in product(("a.com", "b.com", "c.com"), PATHS)
)
BODIES: Final = (None, '{"k": "v"}', '{"k": "w"}', '{"k": 5}', '{"k": 4}', "{}", "no JSON")
JSON: Final = ("content-type", "application/json")
HEADERS: Final = ((JSON,), (JSON, ("X", "p1")), (JSON, ("X", "q")))
MORNING, NIGHT = 10 * 3_600_000, 2 * 3_600_000
UNIVERSE: Final = tuple(
    HttpRequest(method, url, headers, text, moment)
    for url, method, text, headers, moment in product(
        URLS, ("GET", "POST", "PUT", "DELETE"), BODIES, HEADERS, (MORNING, NIGHT)
    )
)
READABLE: Final = sum(1 << place for place, request in enumerate(UNIVERSE) if request.body != "no JSON")
ALL: Final = (1 << len(UNIVERSE)) - 1

PATTERNS: Final = (
    None,
    "a.com",
    "a.com/**",
    "a.com/x",
    "a.com/*",
    "*/x",
    "**/y",
    "a.com/x/**",
    "b.com/x/y",
    "*/**",
    "**",
)
METHODS: Final = ("", "", "", "GET", "GET POST", "PUT")
CONDITIONS: Final[tuple[dict[str, Any], ...]] = (
    *({},) * 6,
    {"body": [body("$.k", Exact("v"))]},
    {"body": [body("$.k", Least(5))]},
    {"headers": [header("X", Prefix("p"))]},
    {"headers": [header("X", present=False)]},
    {"outside": Window(540, 1020, 0)},
)
POOL: Final = 60


@cache
def pool() -> tuple[Rule, ...]:
    """Rules of both kinds."""
    random = Random(5)  # noqa: S311 - not for secrets
    makers = (allow, allow, deny)
    return tuple(
        random.choice(makers)(
            f"r{number}",
            matcher(random.choice(PATTERNS), methods=random.choice(METHODS), **random.choice(CONDITIONS)),
        )
        for number in range(POOL)
    )


@cache
def matched(number: int) -> int:
    """Which requests of the universe a rule of the pool matches, bit by bit; by the evaluator."""
    rule = pool()[number]
    asked = alone(rule)
    return sum(1 << place for place, one in enumerate(UNIVERSE) if asked.decide(one).matched_rule == rule.name)


class Gone:
    """A document of the pool, and what going through the universe says of it."""

    def __init__(self, random: Random) -> None:
        self.numbers = random.sample(range(POOL), random.randint(1, 6))
        self.rules = [pool()[number] for number in self.numbers]
        self.bits = {rule.name: matched(number) for number, rule in zip(self.numbers, self.rules, strict=True)}
        self.document: HttpRules = rules(*self.rules, default=random.choice(list(Default)))
        self.allows = [rule for rule in self.rules if isinstance(rule.action, Allow)]
        self.denies = [rule for rule in self.rules if rule not in self.allows]

    def union(self, found: list[Rule]) -> int:
        bits = 0
        for rule in found:
            bits |= self.bits[rule.name]
        return bits

    @property
    def allowed(self) -> int:
        """Which requests are allowed."""
        by_rules = ALL if self.document.default is Default.ALLOW else self.union(self.allows)
        return by_rules & ~self.union(self.denies)


@pytest.fixture(scope="module", params=range(20))
def documents(request: pytest.FixtureRequest) -> list[Gone]:
    random = Random(int(request.param))  # noqa: S311 - not for secrets
    return [Gone(random) for _ in range(15)]


def test_every_fact_of_a_document(documents: list[Gone]) -> None:
    for gone in documents:
        facts, bits = Facts(gone.document), gone.bits
        assert not facts.undecided
        never = [rule for rule in gone.rules if not bits[rule.name] & READABLE]
        live = [rule for rule in gone.rules if rule not in never]

        assert list(facts.never) == never
        assert {(one.allow.name, one.deny.name): one.is_carve_out for one in facts.contradictions} == {
            (yes.name, no.name): not bits[no.name] & READABLE & ~bits[yes.name]
            for yes, no in product(gone.allows, gone.denies)
            if bits[yes.name] & bits[no.name]
        }
        refused = gone.union(gone.denies)
        assert [one.rule for one in facts.shadowed] == [
            rule for rule in gone.allows if rule in live and not bits[rule.name] & ~refused
        ]
        assert list(facts.broad) == [rule for rule in gone.allows if bits[rule.name] == ALL]
        assert isinstance(facts.allows_something, HttpRequest) == bool(gone.allowed)
        dead = [rule for rule in gone.denies if rule in live and not bits[rule.name] & gone.union(gone.allows)]
        assert list(facts.dead_denies) == (dead if gone.document.default is Default.DENY else [])


def test_without_what_is_redundant_all_stays_and_nothing_is_redundant(documents: list[Gone]) -> None:
    for gone in documents:
        facts = Facts(gone.document)
        redundant = [one.rule for one in facts.redundant]
        for tier in (gone.allows, gone.denies):
            live = [rule for rule in tier if rule not in facts.never]
            kept = [rule for rule in live if rule not in redundant]
            assert gone.union(kept) == gone.union(live)
            for rule in kept:
                assert gone.bits[rule.name] & ~gone.union([other for other in kept if other is not rule])
        for covered in facts.redundant:
            assert not gone.bits[covered.rule.name] & ~gone.union(list(covered.by))


def test_every_comparison(documents: list[Gone]) -> None:
    for before, after in pairwise(documents):
        removed, added = compare(Reading(before.document), Reading(after.document))

        assert removed.is_settled
        assert added.is_settled
        assert bool(added.differences) == bool(after.allowed & ~before.allowed)
        assert bool(removed.differences) == bool(before.allowed & ~after.allowed)


ODD: Final = (
    "https://A.com/x",
    "https://a.com//x",
    "https://a.com/x/",
    "https://a.com/%78",
    "https://a.com/z/../x",
    "https://a.com/X",
)
ODD_UNIVERSE: Final = tuple(
    HttpRequest("POST", url, headers, text, MORNING)
    for url, text, headers in product((*ODD, *URLS[:6]), BODIES, HEADERS)
)


@pytest.mark.parametrize("seed", range(20))
def test_where_no_divergence_is_told_there_is_none(seed: int) -> None:
    random = Random(seed)  # noqa: S311 - not for secrets
    for gone in (Gone(random) for _ in range(5)):
        found = first_only(Reading(gone.document, Dialect.UPSTREAM), Reading(gone.document))
        if found is None:
            original, own = (HttpEvaluator(gone.document, dialect) for dialect in (Dialect.UPSTREAM, Dialect.STRICT))
            for one in ODD_UNIVERSE:
                if own.decide(one).verdict is Verdict.DENY:
                    assert original.decide(one).verdict is not Verdict.ALLOW, one
