"""Finds which expression a validation error is about, by asking the engine about parts of the policy.

The engine's validation errors carry no place, but there is one for each place. So a part is at fault when putting it into
the policy adds errors of that sentence, and it is the culprit itself as far as its own parts do not account for them. A part
is asked about as `[part].isEmpty()`, which accepts any type, behind everything that stands before it and decides whether it
is evaluated: what `&&`, `||`, `if` and earlier clauses establish holds there as it does in the policy.

The number of questions is bounded; past the bound the statement as a whole is the answer.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import cedarpy

from bylaw.languages.cedar.ast import (
    Binary,
    Boolean,
    Clause,
    Expression,
    If,
    Is,
    Method,
    Set,
    Statement,
    children,
)
from bylaw.languages.cedar.canonical import canonical_text

MAX_QUESTIONS = 20_000
"""For one program: about two seconds."""

_POLICY = re.compile(r"^for policy `policy\d+`(?:, |: )")
_CONTEXT = re.compile(r' in context for (?:\w+::)+"(?:[^"\\]|\\.)*"')
_TRUE = Boolean(value=True, start=0, end=0)

Build: TypeAlias = Callable[[Expression], Statement]
"""Puts a condition into the place of a part."""


class Culprit(NamedTuple):
    """What one sentence is about."""

    sentence: str
    node: Expression | None
    """None: the scope, or the statement as a whole."""
    as_condition: bool = False
    """Whether `node` is at fault as the whole of a clause, not by what it is made of."""


class Questions:
    """Asks the engine, each thing once."""

    def __init__(self, schema: cedarpy.Schema, limit: int = MAX_QUESTIONS) -> None:
        self._schema = schema
        self._left = limit
        self._known: dict[str, Counter[str]] = {}

    @property
    def exhausted(self) -> bool:
        """Whether the bound is reached."""
        return self._left <= 0

    def sentences(self, statement: Statement) -> Counter[str]:
        """The validator's sentences about `statement`, and of each how many."""
        text = canonical_text(statement)
        if text not in self._known:
            self._left -= 1
            errors = cedarpy.validate_policies(text, self._schema).errors
            self._known[text] = Counter(plain_sentence(error.error) for error in errors)
        return self._known[text]

    def forget(self) -> None:
        """Let go of the answers about one policy."""
        self._known.clear()


def plain_sentence(error: str) -> str:
    """An engine sentence without the policy and the action it repeats itself for."""
    return _CONTEXT.sub(" in context", _POLICY.sub("", error))


def culprits(statement: Statement, questions: Questions) -> tuple[Culprit, ...]:
    """Every place of every sentence about `statement`, sorted by place."""
    found = tuple(_Search(statement, questions).run())
    placed = {culprit.sentence for culprit in found}
    rest = (Culprit(sentence, None) for sentence in questions.sentences(statement) if sentence not in placed)
    return tuple(sorted((*found, *rest), key=_place))


def _place(culprit: Culprit) -> tuple[int, str]:
    return (culprit.node.start if culprit.node else -1, culprit.sentence)


class _Search:
    """Goes down from the statement, wherever putting a part in adds errors."""

    def __init__(self, statement: Statement, questions: Questions) -> None:
        self._statement = statement
        self._questions = questions

    def run(self) -> Iterator[Culprit]:
        """The scope, then clause by clause."""
        before = self._ask(self._statement._replace(clauses=()))
        yield from (Culprit(sentence, None) for sentence in before)
        clauses = self._statement.clauses
        for index, clause in enumerate(clauses):
            after = self._ask(self._statement._replace(clauses=clauses[: index + 1]))
            if after - before:
                yield from self._clause(clause, clauses[:index], after - before)
            before = after

    def _clause(self, clause: Clause, before: tuple[Clause, ...], excess: Counter[str]) -> Iterator[Culprit]:
        def build(condition: Expression) -> Statement:
            probe = Clause("when", condition, clause.start, clause.end)
            return self._statement._replace(clauses=(*before, probe))

        inside = self._excess(build, clause.body)
        yield from self._within(clause.body, build, inside)
        yield from (Culprit(sentence, clause.body, as_condition=True) for sentence in excess - inside)

    def _within(self, node: Expression, build: Build, excess: Counter[str]) -> Iterator[Culprit]:
        """The culprits in `node`, which adds `excess`."""
        if not excess or self._questions.exhausted:
            return
        own = Counter(excess)
        for child, place in _places(node, build):
            part = self._excess(place, child)
            own.subtract(part)
            yield from self._within(child, place, part)
        yield from (Culprit(sentence, node) for sentence in +own)

    def _excess(self, build: Build, node: Expression) -> Counter[str]:
        """The errors that `node` adds at its place."""
        probe = Method(Set((node,), node.start, node.end), "isEmpty", (), node.start, node.end)
        return self._ask(build(probe)) - self._ask(build(_TRUE))

    def _ask(self, statement: Statement) -> Counter[str]:
        return Counter() if self._questions.exhausted else self._questions.sentences(statement)


def _places(node: Expression, build: Build) -> Iterator[tuple[Expression, Build]]:
    """The parts of `node`, each with what puts a condition into its place, behind all that decides whether it is evaluated."""
    match node:
        case Binary("&&" | "||", left, right):
            yield left, build
            yield right, lambda condition: build(node._replace(right=condition))
        case If(condition, consequence, alternative):
            yield condition, build
            yield consequence, lambda probe: build(node._replace(consequence=probe, alternative=_TRUE))
            yield alternative, lambda probe: build(node._replace(consequence=_TRUE, alternative=probe))
        case Is(base, _, ancestor) if ancestor is not None:
            test = node._replace(ancestor=None)
            yield base, build
            yield ancestor, lambda probe: build(Binary("&&", test, probe, node.start, node.end))
        case _:
            yield from ((child, build) for child in children(node))
