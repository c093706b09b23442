"""One document of the `http-rules` language, as a typed value: every rule of an agent, or the guardrails of an organisation.

The format is that of Checkrd policies. Where its own engine and its documentation differ, or accept what they then silently ignore,
`strict` is the safe reading and `upstream` that of the engine.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bylaw.model.exact import Json
from bylaw.model.spans import Span

MAX_RULES = 200
MAX_DOCUMENT_BYTES = 256 * 1024
MAX_BODY_BYTES = 1_048_576
MAX_DEPTH = 128
"""Of a JSON body."""


class Default(StrEnum):
    """What happens to a request that no rule matches."""

    ALLOW = "allow"
    DENY = "deny"


class Mode(StrEnum):
    """Whether denials count."""

    ENFORCE = "enforce"
    DRY_RUN = "dry_run"


class Method(StrEnum):
    """The HTTP methods that a rule can name (RFC 9110, RFC 5789)."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    PATCH = "PATCH"
    DELETE = "DELETE"
    HEAD = "HEAD"
    OPTIONS = "OPTIONS"


@dataclass(frozen=True, slots=True)
class Exact:
    """Equal to a value."""

    value: Json


@dataclass(frozen=True, slots=True)
class OneOf:
    """Equal to one of some values."""

    values: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Least:
    """A number, at least this."""

    bound: int


@dataclass(frozen=True, slots=True)
class Most:
    """A number, at most this."""

    bound: int


@dataclass(frozen=True, slots=True)
class Prefix:
    """A string that begins with this."""

    text: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """A string that ends with this."""

    text: str


@dataclass(frozen=True, slots=True)
class Contains:
    """A string that has this in it."""

    text: str


@dataclass(frozen=True, slots=True)
class Regex:
    """A string in which this is found, of the portable subset that linear-time engines take."""

    pattern: str


TextTest: TypeAlias = Prefix | Suffix | Contains | Regex
BodyTest: TypeAlias = Exact | OneOf | Least | Most | TextTest
HeaderTest: TypeAlias = Exact | TextTest
"""`Exact` of a header has a string."""


@dataclass(frozen=True, slots=True)
class BodyMatcher:
    """What one place of a JSON body has to be; no tests: it has to exist."""

    path: str
    """As written: keys and list positions joined by dots, a leading `$.` allowed."""
    tests: tuple[BodyTest, ...]
    span: Span

    @property
    def steps(self) -> tuple[str, ...]:
        """The path as keys and positions."""
        return tuple(self.path.removeprefix("$.").split("."))


@dataclass(frozen=True, slots=True)
class HeaderMatcher:
    """What the values of one header, joined by `, `, have to be."""

    name: str
    """Compared without case."""
    present: bool | None
    """Whether it has to be there; none: only what the tests ask for, or, without tests, that it is there."""
    tests: tuple[HeaderTest, ...]
    span: Span


class Window(NamedTuple):
    """A part of the day; a rule with one holds outside of it. In minutes since midnight of its zone."""

    start: int
    end: int
    """Up to 1440; before `start` where the window goes over midnight."""
    offset: int
    """Of the zone from UTC, in minutes."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which requests an allow or deny rule is about: those that every part given holds for."""

    methods: frozenset[Method]
    """Empty: any."""
    url: str | None
    """A pattern of segments; none: any."""
    body: tuple[BodyMatcher, ...]
    headers: tuple[HeaderMatcher, ...]
    outside: Window | None


class Per(StrEnum):
    """What shares one count of calls."""

    ENDPOINT = "endpoint"
    GLOBAL = "global"
    BODY_FIELD = "body_field"


@dataclass(frozen=True, slots=True)
class Allow:
    """Requests that may leave."""

    matcher: Matcher


@dataclass(frozen=True, slots=True)
class Deny:
    """Requests that may not, whatever allows them."""

    matcher: Matcher


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests may leave within any minute."""

    calls_per_minute: int
    per: Per
    field: str | None
    """The path in the body whose value has a count of its own; only with `Per.BODY_FIELD`."""


class Source(StrEnum):
    """Whose rule it is."""

    ORG = "org"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a document."""

    name: str
    action: Allow | Deny | Limit
    span: Span
    """Its name in the file."""
    source: Source = Source.AGENT


@dataclass(frozen=True, slots=True)
class HttpRules:
    """One document, or what a merge of two gives."""

    agent: str | None
    """Whose requests it is about; none for guardrails."""
    default: Default
    mode: Mode
    """`Mode.DRY_RUN` where the document says nothing."""
    mode_is_given: bool
    rules: tuple[Rule, ...]
    """In the order of the document."""
    description: str | None = None
