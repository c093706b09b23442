"""The `http-rules` language once more, as plainly as its description reads: slow, without any code of the evaluator's."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import (
    Allow,
    BodyMatcher,
    Contains,
    Deny,
    Exact,
    HeaderMatcher,
    HttpRules,
    Least,
    Limit,
    Matcher,
    Most,
    OneOf,
    Prefix,
    Regex,
    Rule,
    Suffix,
    Window,
)
from bylaw.model.dialects import Dialect


class Unreadable(Exception):  # noqa: N818  # no error of the tests
    """The request cannot be read."""


# --- URLs

Parts = tuple[str, list[str], list[str]]


def normalised(url: str, dialect: Dialect) -> Parts:
    try:
        url.encode("utf-8")
    except UnicodeEncodeError:
        raise Unreadable from None
    host, path = strict_parts(url) if dialect == "strict" else upstream_parts(url)
    segments: list[str] = []
    for segment in path.split("/"):
        if segment in ("", "."):
            continue
        if segment == "..":
            if segments:
                segments.pop()
            continue
        segments.append(segment)
    return host, segments, ["{id}" if looks_like_id(s) else s for s in segments]


def is_control(character: str) -> bool:
    return ord(character) < 32 or 127 <= ord(character) <= 159


def strict_parts(url: str) -> tuple[str, str]:
    if url == "" or len(url) > 8192:
        raise Unreadable
    for character in url:
        if character.isspace() or is_control(character) or character == "\\":
            raise Unreadable
    end = min([url.index(c) for c in "/?#" if c in url], default=len(url))
    if url[end - 1 : end + 2] == "://" and end > 0:
        if url[: end - 1].lower() not in ("http", "https"):
            raise Unreadable
        url = url[end + 2 :]
    elif url.lower().startswith(("http:", "https:")):
        raise Unreadable
    end = min([url.index(c) for c in "/?#" if c in url], default=len(url))
    return strict_host(url[:end]), strict_path(url[end:])


def strict_host(host: str) -> str:
    while "@" in host:
        host = host[host.index("@") + 1 :]
    if not host.isascii() or "%" in host:
        raise Unreadable
    port = host.split(":")[-1] if ":" in host else ""
    if len(port) > 1 and port[0] == "0" and all(c in "0123456789" for c in port):
        raise Unreadable
    host = host.lower()
    if host.endswith(":443"):
        host = host[:-4]
    elif host.endswith(":80"):
        host = host[:-3]
    host = host.removesuffix(":")
    host = host.removesuffix(".")
    if host == "":
        raise Unreadable
    return host


def strict_path(rest: str) -> str:
    path = rest.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    data = bytearray()
    octets = path.encode()
    while octets:
        pair = octets[1:3].decode("latin-1")
        if octets[0] == ord("%") and len(pair) == 2 and all(c in "0123456789abcdefABCDEF" for c in pair):
            data.append(int(pair, 16))
            octets = octets[3:]
        else:
            data.append(octets[0])
            octets = octets[1:]
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Unreadable from None
    if any(is_control(c) for c in text):
        raise Unreadable
    return text


def upstream_parts(url: str) -> tuple[str, str]:
    if url.startswith("https://"):
        url = url[8:]
    elif url.startswith("http://"):
        url = url[7:]
    end = url.index("/") if "/" in url else len(url)
    host, path = url[:end], url[end:] or "/"
    if "@" in host:
        host = host[host.rindex("@") + 1 :]
    host = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in host)
    if host.endswith(":443"):
        host = host[:-4]
    elif host.endswith(":80"):
        host = host[:-3]
    for mark in "?#":
        if mark in path:
            path = path[: path.index(mark)]
    octets = list(path.encode())
    text = ""
    while octets:
        byte = octets.pop(0)
        if byte == ord("%"):
            pair = "".join(chr(b) for b in octets[:2])
            octets = octets[2:]
            good = len(pair) == 2 and all(c in "0123456789abcdefABCDEF" for c in pair)
            text += chr(int(pair, 16)) if good else "%"
        else:
            text += chr(byte)
    return host, text


def looks_like_id(segment: str) -> bool:
    data = segment.encode()
    hexadecimal = set(b"0123456789abcdefABCDEF")
    digits, letters = set(b"0123456789"), set(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if len(data) == 36 and set(data) <= hexadecimal | {ord("-")} and data.count(b"-") == 4:
        return True
    if data and set(data) <= digits:
        return True
    if len(data) >= 8 and set(data) <= hexadecimal:
        return True
    if b"_" in data and data.index(b"_") <= 6 and len(data) - data.index(b"_") - 1 >= 4:
        return True
    if len(data) >= 5 and b"@" in data and 0 < data.index(b"@") < len(data) - 1:
        return True
    return len(data) >= 16 and bool(set(data) & letters) and bool(set(data) & digits)


def pattern_holds(pattern: str | None, parts: Parts, dialect: Dialect) -> bool:
    if pattern in (None, "*", "**"):
        return True
    assert pattern is not None
    host, raw, tpl = parts
    choices = [{host}] + [{r, t} if dialect == "strict" else {t} for r, t in zip(raw, tpl, strict=True)]
    return elements_hold(pattern.split("/"), choices)


def elements_hold(elements: list[str], choices: list[set[str]]) -> bool:
    if not elements:
        return not choices
    if elements[0] == "**":
        return elements_hold(elements[1:], choices) or (bool(choices) and elements_hold(elements, choices[1:]))
    if not choices:
        return False
    return (elements[0] == "*" or elements[0] in choices[0]) and elements_hold(elements[1:], choices[1:])


# --- bodies

OPAQUE = object()


class Double(NamedTuple):
    """A number of the upstream engine that is no integer."""

    value: float


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


def body_of(text: str | None, dialect: Dialect) -> Any:
    """None without a body, OPAQUE, or a list with the value in it."""
    if text is None:
        return None

    def refuse(_: str) -> Any:
        raise ValueError

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(found)) < len(found) and dialect == "strict":
            raise ValueError
        return dict(found)

    def exact(digits: str) -> Any:
        number = Decimal(digits)
        if len(digits.strip("-")) > 400 and digits.strip("-").isdigit():
            raise ValueError
        if number and abs(number.adjusted()) > 400:
            raise ValueError
        return number

    def double(digits: str) -> Any:
        if abs(float(digits)) == float("inf"):
            raise ValueError
        return Double(float(digits))

    def integer(digits: str) -> Any:
        return int(digits) if -(2**63) <= Decimal(digits) < 2**64 else double(digits)

    numbers = (exact, exact) if dialect == "strict" else (double, integer)
    try:
        if dialect == "strict" and len(text.encode()) > 1048576:
            return OPAQUE
        value = json.loads(
            text, object_pairs_hook=pairs, parse_constant=refuse, parse_float=numbers[0], parse_int=numbers[1]
        )
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError):
        return OPAQUE
    return OPAQUE if depth_of(value) > 128 else [value]


def found_at(value: Any, path: str, dialect: Dialect) -> list[Any]:
    """The value in a list, which is empty where nothing stands at the path."""
    for step in (path.removeprefix("$.")).split("."):
        decimal = step != "" and all(c in "0123456789" for c in step)
        if isinstance(value, list) and decimal and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, dict) and step in value and (dialect == "strict" or not decimal):
            value = value[step]
        else:
            return []
    return [value]


def constant(value: Any, dialect: Dialect) -> Any:
    """A value of a rule, as `body_of` makes them."""
    if isinstance(value, dict):
        return {k: constant(v, dialect) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [constant(v, dialect) for v in value]
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    if dialect == "strict":
        return Decimal(value)
    return value if isinstance(value, int) and -(2**63) <= value < 2**64 else Double(float(str(value)))


def equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return set(one) == set(other) and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(equal(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def comparable(value: Any, dialect: Dialect) -> bool:
    if dialect == "strict":
        return type(value) is Decimal
    return type(value) is int and -(2**63) <= value < 2**63


def expression(pattern: str, dialect: Dialect) -> re.Pattern[str] | None:
    """None where it does not compile."""
    translated = re.sub(r"(?<!\\)\$", r"\\Z", pattern)
    try:
        return re.compile(translated, re.ASCII if dialect == "strict" and "(?i)" not in pattern else 0)
    except re.error:
        return None


def test_holds(test: Any, value: Any, dialect: Dialect) -> bool:
    match test:
        case Exact(wanted):
            return equal(value, constant(wanted, dialect))
        case OneOf(choices):
            return any(equal(value, constant(wanted, dialect)) for wanted in choices)
        case Least(bound):
            return comparable(value, dialect) and value >= bound
        case Most(bound):
            return comparable(value, dialect) and value <= bound
    if not isinstance(value, str):
        return False
    match test:
        case Prefix(text):
            return value.startswith(text)
        case Suffix(text):
            return value.endswith(text)
        case Contains(text):
            return text in value
        case Regex(pattern):
            compiled = expression(pattern, dialect)
            return compiled is not None and compiled.search(value) is not None
    raise AssertionError(test)


test_holds.__test__ = False  # type: ignore[attr-defined]  # no test


def body_holds(matcher: BodyMatcher, body: Any, tier: str, dialect: Dialect) -> bool:
    if body is None:
        return False
    if body is OPAQUE:
        return tier == "deny"
    found = found_at(body[0], matcher.path, dialect)
    return bool(found) and all(test_holds(test, found[0], dialect) for test in matcher.tests)


# --- headers, time

UPPER, LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


def folded(name: str) -> str:
    return name.translate(str.maketrans(UPPER, LOWER))


def header_holds(matcher: HeaderMatcher, request: HttpRequest, dialect: Dialect) -> bool:
    values = [value for name, value in request.headers if folded(name) == folded(matcher.name)]
    if matcher.present is False:
        return values == []
    if values == []:
        return False
    value = ", ".join(values)
    return all(
        test_holds(test, value, dialect)
        for test in matcher.tests
        if not (isinstance(test, Regex) and expression(test.pattern, dialect) is None)
    )


def outside_holds(window: Window | None, now: int) -> bool:
    if window is None:
        return True
    minute = (now // 60000 + window.offset) % 1440
    inside = {m % 1440 for m in range(window.start, window.end + (1440 if window.end < window.start else 0))}
    return minute not in inside


# --- rules


class Answer(NamedTuple):
    allowed: bool
    verdict: str
    deny_reason: str | None
    matched_rule: str | None
    kind: str | None
    source: str | None
    retry_after_ms: int | None
    path: tuple[tuple[str, str | None, str], ...]


class Entry(NamedTuple):
    counter: str
    key: tuple[str, ...]
    time: int


class Naive:
    """Decides requests one after another."""

    def __init__(self, document: HttpRules, dialect: Dialect, max_keys: int = 10_000) -> None:
        self.document = document
        self.dialect = dialect
        self.max_keys = max_keys
        self.entries: list[Entry] = []
        self.used: list[tuple[str, ...]] = []
        """Upstream: keys, least recently used first."""

    def decide(self, request: HttpRequest, *, kill_switch: bool = False) -> Answer:
        try:
            for text in (request.method, *(part for pair in request.headers for part in pair)):
                text.encode()
            parts = normalised(request.url, self.dialect)
        except (Unreadable, UnicodeEncodeError):
            return Answer(False, "error", None, None, None, None, None, (("error", None, "failed"),))
        if kill_switch:
            steps = (("kill_switch", None, "active"),)
            return Answer(False, "kill_switch", "kill switch active", None, "kill_switch", None, None, steps)
        path: list[tuple[str, str | None, str]] = [("kill_switch", None, "pass")]
        body = body_of(request.body, self.dialect)
        if self.dialect == "upstream":
            refused = self.upstream_limits(request, parts, body, path)
            return refused or self.by_rules(request, parts, body, path)
        answer = self.by_rules(request, parts, body, path)
        return self.strict_limits(answer, request, parts, body) if answer.verdict == "allow" else answer

    def tier(self, kind: type[Allow | Deny]) -> list[tuple[Rule, Matcher]]:
        rules = [(rule, rule.action.matcher) for rule in self.document.rules if isinstance(rule.action, kind)]

        def literals(pair: tuple[Rule, Matcher]) -> int:
            url = pair[1].url
            return 0 if url is None else len([s for s in url.split("/") if s not in ("*", "**")])

        return sorted(rules, key=literals, reverse=True)  # stable, reversed or not

    def by_rules(
        self, request: HttpRequest, parts: Parts, body: Any, path: list[tuple[str, str | None, str]]
    ) -> Answer:
        dry = self.document.mode == "dry_run"
        for name, kind in (("deny", Deny), ("allow", Allow)):
            for rule, matcher in self.tier(kind):
                holds = self.holds(matcher, name, request, parts, body)
                path.append((f"{name}_rules", rule.name, "matched" if holds else "no_match"))
                if holds:
                    reason = f"denied by rule '{rule.name}'" if name == "deny" else None
                    allowed = dry or name == "allow"
                    return Answer(allowed, name, reason, rule.name, name, rule.source, None, tuple(path))
        default = self.document.default
        path.append(("default", None, default))
        reason = "denied by default policy" if default == "deny" else None
        return Answer(dry or default == "allow", default, reason, None, "default", None, None, tuple(path))

    def holds(self, matcher: Matcher, tier: str, request: HttpRequest, parts: Parts, body: Any) -> bool:
        return (
            (not matcher.methods or request.method in [str(m) for m in matcher.methods])
            and pattern_holds(matcher.url, parts, self.dialect)
            and all(body_holds(m, body, tier, self.dialect) for m in matcher.body)
            and all(header_holds(m, request, self.dialect) for m in matcher.headers)
            and outside_holds(matcher.outside, request.timestamp_ms)
        )

    def limits(self) -> Iterator[tuple[Rule, Limit]]:
        for rule in self.document.rules:
            if isinstance(rule.action, Limit):
                yield rule, rule.action

    def key(self, limit: Limit, parts: Parts, body: Any) -> tuple[str, ...]:
        if limit.per == "global":
            return ("global",)
        if limit.per == "endpoint":
            return ("endpoint", "/".join([parts[0], *parts[2]]))
        assert limit.field is not None
        found = found_at(body[0], limit.field, self.dialect) if isinstance(body, list) else []
        if not found or found[0] is None or isinstance(found[0], list | dict):
            return ("unknown",)
        value = found[0]
        if isinstance(value, bool):
            text = str(value).lower()
        elif isinstance(value, Double):
            text = repr(value.value)
        elif isinstance(value, Decimal):
            text = format(value, "f")
            text = text.rstrip("0").removesuffix(".") if "." in text else text
            text = "0" if text == "-0" else text
        else:
            text = str(value)
        return ("field", limit.field, text)

    def expire(self, counter: str, now: int) -> None:
        self.entries = [e for e in self.entries if e.counter != counter or e.time >= now - 60000]

    def times(self, counter: str, key: tuple[str, ...]) -> list[int]:
        return sorted(e.time for e in self.entries if e.counter == counter and e.key == key)

    def upstream_limits(
        self, request: HttpRequest, parts: Parts, body: Any, path: list[tuple[str, str | None, str]]
    ) -> Answer | None:
        now = request.timestamp_ms
        for rule, limit in self.limits():
            if self.document.mode == "dry_run":
                path.append(("rate_limit", rule.name, "skipped"))
                continue
            key = self.key(limit, parts, body)
            self.expire("", now)
            live = {e.key for e in self.entries}
            self.used = [k for k in self.used if k in live and k != key] + [key]
            times = self.times("", key)
            if len(times) >= limit.calls_per_minute:
                path.append(("rate_limit", rule.name, "exceeded"))
                retry = times[len(times) - limit.calls_per_minute] + 60001 - now
                return self.limited(rule, retry, path)
            if len(self.used) > self.max_keys:
                oldest = self.used.pop(0)
                self.entries = [e for e in self.entries if e.key != oldest]
            self.entries.append(Entry("", key, now))
            path.append(("rate_limit", rule.name, "pass"))
        return None

    def strict_limits(self, answer: Answer, request: HttpRequest, parts: Parts, body: Any) -> Answer:
        now = request.timestamp_ms
        path = list(answer.path)
        retries: list[tuple[int, Rule]] = []
        entries: list[Entry] = []
        for rule, limit in self.limits():
            key = self.key(limit, parts, body)
            self.expire(rule.name, now)
            live = {e.key for e in self.entries if e.counter == rule.name} - {("overflow",)}
            if key not in live and len(live) >= self.max_keys:
                key = ("overflow",)
            times = self.times(rule.name, key)
            exceeded = len(times) >= limit.calls_per_minute
            if exceeded:
                retries.append((times[len(times) - limit.calls_per_minute] + 60001 - now, rule))
            path.append(("rate_limit", rule.name, "exceeded" if exceeded else "pass"))
            entries.append(Entry(rule.name, key, now))
        if retries:
            return self.limited(retries[0][1], max(retry for retry, _ in retries), path)
        self.entries += entries
        return answer._replace(path=tuple(path))

    def limited(self, rule: Rule, retry: int, path: list[tuple[str, str | None, str]]) -> Answer:
        reason = f"rate limit '{rule.name}' exceeded"
        dry = self.document.mode == "dry_run"
        return Answer(dry, "rate_limit", reason, rule.name, "rate_limit", rule.source, retry, tuple(path))
