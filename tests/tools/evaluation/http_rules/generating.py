"""Documents and requests at random, near to one another: few hosts, few segments, times at the ends of windows.

Plain functions of a source of randomness: thousands of documents in seconds.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import TypeVar

from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import (
    Allow,
    BodyMatcher,
    BodyTest,
    Contains,
    Default,
    Deny,
    Exact,
    HeaderMatcher,
    HeaderTest,
    HttpRules,
    Least,
    Limit,
    Matcher,
    Method,
    Mode,
    Most,
    OneOf,
    Per,
    Prefix,
    Regex,
    Rule,
    Source,
    Suffix,
    TextTest,
    Window,
)
from bylaw.model.exact import Json
from tools.evaluation.http_rules.building import SPAN

T = TypeVar("T")

HOSTS = ["api.x.com", "h"]
SEGMENTS = [
    "v1",
    "v1",
    "users",
    "users",
    "admin",
    "42",
    "{id}",
    "send_email",
    "deadbeef",
    "a@b.c",
    "gpt-4o-2024-08-06",
    "é",
    "%zz",
]
ODD_PATTERNS = ["*", "**", "**/admin/**", "*/**", "h/**/42", "", "h//v1", "**/**/v1/**/**", "h:8080", "[::1]/**"]
STARTS = ["HTTPS://", "ftp://", "https:/", "//", "http://u:p@", "https://h@", "https://v1?@", "hTTp:", "x@http://"]
ENDS = ["?a=/admin", "#x", "/", "?", "//", "\\", " ", "\ud800", "?a=\ud800"]
ODD_HOSTS = ["API.x.com", "hé", "", "h%41", "[::1]", "K"]
PORTS = [":443", ":80", ":8080", ":", ".", ".:443", ":0443", ":80:443", "?@h"]
ESCAPES = [
    "%34%32", "%2e%2e", "..", ".", "", "%41dmin", "%c3%a9", "%c3", "%00", "v1%2Fusers", "%2541", "%4", "%", "%%31", "%zz42",
    "\u00ad", "ch_1a2b3c", "me?", "v1#", "%C2%85",
]  # fmt: skip
SCALARS: list[Json] = [
    None, True, False, 0, 1, 5, 50001, 1 << 63, 1 << 64, -(1 << 63) - 1, "5", "", "true", "abc", "a@b.c", "1.0",
    Decimal("1.0"), Decimal("5.0"), Decimal("50000.5"), Decimal("1E+2"), Decimal("0.1"), 10**399, Decimal("1E+400"),
]  # fmt: skip
PATHS = ["$.a", "a", "$.a", "$.a.b", "a.0", "0", "$.a.01", "$", "a.1.b", "$.a.", "b", "$.$.a"]
LITERALS = [
    "null", "true", "1", "1.0", "1e0", "5", "5.0", "50001", "50001.0", "9223372036854775807", "9223372036854775808",
    "18446744073709551616", "1e400", "1e401", "-0", "-0.0", '"5"', '"abc"', '"a@b.c"', '""', "0.1", "0.1000000000000000055",
    "100", "1E2", "-9223372036854775809", '"\\u0061"', "1" * 400, '"x\\n"', "1e-400",
]  # fmt: skip
UNREADABLE = ["NaN", '"\\ud800"', "[", '"\n"', "00", "+1", "1" * 401, "Infinity", "'a'", "-Infinity"]
ODD_BODIES = [
    "",
    " ",
    "{",
    "\ufeff{}",
    "[" * 128 + "]" * 128,
    "[" * 129 + "]" * 129,
    "[" * 9999,
    '"\ud800"',
    "\ud800",
    "{}x",
]
EXPRESSIONS = ["a", "^a", "c$", "^\\d+$", "(?i)B", "^(?:a|5)", "[^a]", "\\w@"]
BROKEN = "(a"
HEADER_VALUES = ["", "a", "abc", "5", "bc", "a, 5", "é", "\ud800"]
NOON = 1_774_958_400_000


def some(random: Random, make: Callable[[Random], T], most: int) -> tuple[T, ...]:
    return tuple(make(random) for _ in range(random.randint(0, most)))


def rarely(random: Random, usual: Sequence[T], odd: Sequence[T]) -> T:
    return random.choice(odd if random.random() < 0.08 else usual)


def pattern(random: Random) -> str | None:
    if random.random() < 0.25:
        return random.choice([None, *ODD_PATTERNS])
    elements = some(random, lambda r: r.choice([*SEGMENTS, "*", "*", "**", "**", "**"]), 4)
    return "/".join([random.choice([*HOSTS, "*", "**"]), *elements])


def url(random: Random) -> str:
    pieces = some(random, lambda r: rarely(r, SEGMENTS, ESCAPES) if r.random() < 0.7 else r.choice(ESCAPES), 4)
    return (
        rarely(random, ["", "http://", "https://"], STARTS)
        + rarely(random, HOSTS, ODD_HOSTS)
        + rarely(random, ["", "", ":443"], PORTS)
        + "".join(f"/{piece}" for piece in pieces)
        + rarely(random, [""], ENDS)
    )


def value(random: Random, depth: int = 2) -> Json:
    shape = random.random()
    if depth and shape < 0.15:
        return some(random, lambda r: value(r, depth - 1), 3)
    if depth and shape < 0.3:
        return {random.choice("ab01"): value(random, depth - 1) for _ in range(random.randint(0, 2))}
    return random.choice(SCALARS)


def literal(random: Random, depth: int = 3) -> str:
    shape = random.random()
    if depth and shape < 0.2:
        return f"[{','.join(some(random, lambda r: literal(r, depth - 1), 3))}]"
    if depth and shape < 0.6:
        members = some(random, lambda r: f'"{r.choice("aaabb01$")}": {literal(r, depth - 1)}', 3)
        return "{" + ", ".join(members) + "}"
    return random.choice(UNREADABLE if shape > 0.98 else LITERALS)


def body(random: Random) -> str | None:
    shape = random.random()
    if shape < 0.15:
        return None
    if shape < 0.25:
        return random.choice(ODD_BODIES)
    return f'{{"a": {literal(random)}}}' if shape < 0.7 else literal(random)


def text_test(random: Random, *, broken: bool) -> TextTest:
    shape = random.randrange(4)
    if shape == 3:
        return Regex(random.choice([*EXPRESSIONS, BROKEN, BROKEN] if broken else EXPRESSIONS))
    return (Prefix, Suffix, Contains)[shape](random.choice(["", "a", "bc", "5", "A", ", "]))


def body_test(random: Random, *, broken: bool) -> BodyTest:
    bound = random.choice([0, 1, 5, 50000, 50001, (1 << 63) - 1, -(1 << 63)])
    shape = random.randrange(5)
    if shape == 4:
        return text_test(random, broken=broken)
    return (Exact(value(random)), OneOf((value(random), *some(random, value, 3))), Least(bound), Most(bound))[shape]


def body_matcher(random: Random, *, broken: bool) -> BodyMatcher:
    return BodyMatcher(random.choice(PATHS), some(random, lambda r: body_test(r, broken=broken), 2), SPAN)


def header_matcher(random: Random, *, broken: bool) -> HeaderMatcher:
    def test(random: Random) -> HeaderTest:
        return Exact(random.choice(HEADER_VALUES)) if random.random() < 0.4 else text_test(random, broken=broken)

    name = random.choice(["X-A", "x-b", "K"])
    return HeaderMatcher(name, random.choice([None, None, None, True, False]), some(random, test, 2), SPAN)


def window(random: Random) -> Window:
    start, end = random.choice([0, 60, 540, 1439]), random.choice([0, 60, 540, 1080, 1440])
    return Window(start, end, random.choice([0, 0, 330, -840]))


def matcher(random: Random, *, broken: bool) -> Matcher:
    bodies = some(random, lambda r: body_matcher(r, broken=broken), 2) if random.random() < 0.4 else ()
    headers = some(random, lambda r: header_matcher(r, broken=broken), 2) if random.random() < 0.25 else ()
    methods = random.choice([(), (), (), (Method.GET,), (Method.POST, Method.PUT)])
    outside = window(random) if random.random() < 0.15 else None
    return Matcher(frozenset(methods), pattern(random), bodies, headers, outside)


def limit(random: Random) -> Limit:
    per = random.choice(list(Per))
    return Limit(random.randint(1, 3), per, random.choice(PATHS[:5]) if per is Per.BODY_FIELD else None)


def document(random: Random, *, broken: bool = False, limits: float = 0.3, tag: str = "r") -> HttpRules:
    def action(random: Random) -> Allow | Deny | Limit:
        if random.random() < limits:
            return limit(random)
        found = matcher(random, broken=broken)
        return Allow(found) if random.random() < 0.5 else Deny(found)

    actions = some(random, action, 7)
    rules = tuple(Rule(f"{tag}{n}", found, SPAN, random.choice(list(Source))) for n, found in enumerate(actions))
    return HttpRules(None, random.choice(list(Default)), random.choice(list(Mode)), mode_is_given=True, rules=rules)


def time(random: Random) -> int:
    if random.random() < 0.3:
        return random.choice([0, 60, 540, 1080, 1439]) * 60_000 + random.choice([-1, 0, 1])
    return NOON + random.choice([0, 1, 59_999, 60_000, 60_001, 60_002, 120_001, random.randint(0, 130_000)])


def request(random: Random) -> HttpRequest:
    method = rarely(random, ["GET", "POST", "PUT"], ["DELETE", "get", "TRACE", "\ud800"])
    headers = some(
        random,
        lambda r: (rarely(r, ["X-A", "x-a", "X-B", "k"], ["\u212a"]), rarely(r, HEADER_VALUES[:-1], HEADER_VALUES)),
        3,
    )
    return HttpRequest(method, url(random), headers, body(random), time(random))


def sequence(random: Random, length: int) -> list[HttpRequest]:
    """Requests of which many hit the same counts, most in the order of time."""
    few = [request(random) for _ in range(random.randint(1, 3))]
    found, now = [], NOON
    for _ in range(length):
        now += random.choice([0, 1, 1000, 20_000, 30_000, 59_999, 60_000, 60_001, -1])
        found.append(replace(random.choice(few), timestamp_ms=now))
    return found
