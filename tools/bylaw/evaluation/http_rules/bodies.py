"""Bodies, and conditions on what stands in them."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from bylaw.evaluation.http_rules.requests import encodes
from bylaw.evaluation.http_rules.texts import text_predicate
from bylaw.evaluation.http_rules.upstream_json import (
    SIGNED_64_BITS,
    as_upstream,
    read_upstream,
    upstream_key,
)
from bylaw.languages.http_rules.model import (
    MAX_BODY_BYTES,
    MAX_DEPTH,
    BodyMatcher,
    BodyTest,
    Exact,
    Least,
    Most,
    OneOf,
)
from bylaw.languages.portable_regex import RegexError
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json, NotJsonError, is_list, is_number, key, read_json


class BodyState(StrEnum):
    """What can be said of a body."""

    NONE = "none"
    """The request has none."""
    OPAQUE = "opaque"
    """It is no JSON, or none that all readers read alike: every condition of a deny rule holds, none of an allow rule."""
    VALUE = "value"


class Body(NamedTuple):
    """A body, read."""

    state: BodyState
    value: Json = None


NO_BODY, OPAQUE_BODY = Body(BodyState.NONE), Body(BodyState.OPAQUE)
BodyCondition: TypeAlias = Callable[[Body], bool]
_Predicate: TypeAlias = Callable[[Json], bool]


class Missing:
    """Nothing stands at a path."""

    __slots__ = ()


MISSING = Missing()


def read_body(text: str | None, dialect: Dialect) -> Body:
    """Read a body. Strictly, it is opaque over one megabyte, too."""
    if text is None:
        return NO_BODY
    try:
        if dialect is Dialect.UPSTREAM:
            return Body(BodyState.VALUE, read_upstream(text, max_depth=MAX_DEPTH))
        if _is_oversize(text):
            return OPAQUE_BODY
        return Body(BodyState.VALUE, read_json(text, max_depth=MAX_DEPTH))
    except NotJsonError:
        return OPAQUE_BODY


def _is_oversize(text: str) -> bool:
    if text.isascii():
        return len(text) > MAX_BODY_BYTES
    return len(text) > MAX_BODY_BYTES or not encodes(text) or len(text.encode()) > MAX_BODY_BYTES


class Path:
    """A place in a body: keys and positions."""

    def __init__(self, steps: Sequence[str], dialect: Dialect) -> None:
        self._steps = tuple((step, int(step) if step.isascii() and step.isdigit() else None) for step in steps)
        self._numbers_are_keys = dialect is Dialect.STRICT

    def find(self, value: Json) -> "Json | Missing":
        """What stands there; null is something."""
        for name, position in self._steps:
            if isinstance(value, Mapping):
                if name not in value or (position is not None and not self._numbers_are_keys):
                    return MISSING
                value = value[name]
            elif is_list(value) and position is not None and position < len(value):
                value = value[position]
            else:
                return MISSING
        return value


def body_condition(matcher: BodyMatcher, dialect: Dialect, *, when_opaque: bool) -> BodyCondition:
    """What a matcher asks of a body; upstream, one with an expression that does not compile holds for no value.

    Raises:
        RegexError: an expression that does not compile, in the strict dialect.
    """
    path = Path(matcher.steps, dialect)
    try:
        tests = tuple(_predicate(test, dialect) for test in matcher.tests)
    except RegexError:
        if dialect is Dialect.STRICT:
            raise
        return lambda body: when_opaque and body.state is BodyState.OPAQUE

    def holds(body: Body) -> bool:
        if body.state is not BodyState.VALUE:
            return when_opaque and body.state is BodyState.OPAQUE
        value = path.find(body.value)
        return not isinstance(value, Missing) and all(test(value) for test in tests)

    return holds


def _predicate(test: BodyTest, dialect: Dialect) -> _Predicate:
    match test:
        case Exact(value):
            return _among((value,), dialect)
        case OneOf(values):
            return _among(values, dialect)
        case Least(bound):
            return _least(bound, dialect)
        case Most(bound):
            return _most(bound, dialect)
        case _:
            holds = text_predicate(test, dialect)
            return lambda value: isinstance(value, str) and holds(value)


def _among(values: Sequence[Json], dialect: Dialect) -> _Predicate:
    if dialect is Dialect.UPSTREAM:
        upstream = frozenset(upstream_key(as_upstream(value)) for value in values)
        return lambda value: upstream_key(value) in upstream
    keys = frozenset(map(key, values))
    return lambda value: key(value) in keys


def _least(bound: int, dialect: Dialect) -> _Predicate:
    is_comparable = _comparable(dialect)
    return lambda value: isinstance(value, int | Decimal) and is_comparable(value) and value >= bound


def _most(bound: int, dialect: Dialect) -> _Predicate:
    is_comparable = _comparable(dialect)
    return lambda value: isinstance(value, int | Decimal) and is_comparable(value) and value <= bound


def _comparable(dialect: Dialect) -> _Predicate:
    return is_number if dialect is Dialect.STRICT else _is_small_integer


def _is_small_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value in SIGNED_64_BITS
