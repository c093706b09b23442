"""Regular expressions as trees, and what is left of one after a character: partial derivatives.

V. Antimirov, "Partial derivatives of regular expressions and finite automaton constructions", 1996. `^` and `$` are expressions
that are empty at the start or at the end of the text only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from bylaw.analysis.strings.characters import ALL, Ranges, has


@dataclass(frozen=True, slots=True)
class Empty:
    """The empty text."""


@dataclass(frozen=True, slots=True)
class Start:
    """Empty, at the start of the text."""


@dataclass(frozen=True, slots=True)
class End:
    """Empty, at the end of the text."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """One character of a set."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Text:
    """These characters, at least one."""

    text: str


@dataclass(frozen=True, slots=True)
class Then:
    """One after the other."""

    first: "Expression"
    rest: "Expression"


@dataclass(frozen=True, slots=True)
class Either:
    """One of several."""

    options: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same, some times over."""

    body: "Expression"
    least: int
    most: int | None
    """None: any number."""


Expression: TypeAlias = Empty | Start | End | OneOf | Text | Then | Either | Repeat
_KEPT: Final = 50_000
EMPTY: Final = Empty()
ANYTHING: Final = Repeat(OneOf(ALL), 0, None)


def then(first: Expression, rest: Expression) -> Expression:
    """One after the other; nothing is left of an empty one."""
    if first == EMPTY:
        return rest
    return first if rest == EMPTY else Then(first, rest)


@lru_cache(maxsize=_KEPT)
def is_nullable(expression: Expression, *, at_start: bool, at_end: bool) -> bool:
    """Whether it matches the empty text at a place."""
    match expression:
        case Empty():
            return True
        case Start():
            return at_start
        case End():
            return at_end
        case OneOf() | Text():
            return False
        case Then(first, rest):
            return is_nullable(first, at_start=at_start, at_end=at_end) and is_nullable(
                rest, at_start=at_start, at_end=at_end
            )
        case Either(options):
            return any(is_nullable(option, at_start=at_start, at_end=at_end) for option in options)
        case Repeat(body, least, _):
            return least == 0 or is_nullable(body, at_start=at_start, at_end=at_end)


@lru_cache(maxsize=_KEPT)
def after(expression: Expression, character: str, *, at_start: bool) -> frozenset[Expression]:
    """What may be left to match after `character`, which stands at the start of the text or later."""
    return frozenset(_after(expression, character, at_start=at_start))


def _after(expression: Expression, character: str, *, at_start: bool) -> Iterator[Expression]:
    match expression:
        case OneOf(ranges):
            if has(ranges, ord(character)):
                yield EMPTY
        case Text(text):
            if text[0] == character:
                yield Text(text[1:]) if len(text) > 1 else EMPTY
        case Then(first, rest):
            for left in after(first, character, at_start=at_start):
                yield then(left, rest)
            if is_nullable(first, at_start=at_start, at_end=False):
                yield from after(rest, character, at_start=at_start)
        case Either(options):
            for option in options:
                yield from after(option, character, at_start=at_start)
        case Repeat(body, least, most):
            again = _again(body, least, most, at_start=at_start)
            for left in after(body, character, at_start=at_start):
                yield then(left, again)
        case _:
            return


def _again(body: Expression, least: int, most: int | None, *, at_start: bool) -> Expression:
    """What may follow the first repetition that takes a character; those before it may have been empty."""
    if most == 1:
        return EMPTY
    fewer = 0 if is_nullable(body, at_start=at_start, at_end=False) else max(least - 1, 0)
    return Repeat(body, fewer, None if most is None else most - 1)


def first_sets(expression: Expression) -> Iterator[Ranges]:
    """The sets of characters that may tell what is left after one of them."""
    match expression:
        case OneOf(ranges):
            yield ranges
        case Text(text):
            yield ((ord(text[0]), ord(text[0])),)
        case Then(first, rest):
            yield from first_sets(first)
            if is_nullable(first, at_start=True, at_end=True):
                yield from first_sets(rest)
        case Either(options):
            for option in options:
                yield from first_sets(option)
        case Repeat(body, _, _):
            yield from first_sets(body)
        case _:
            return
