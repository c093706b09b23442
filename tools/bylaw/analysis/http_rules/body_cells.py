"""Kinds of bodies: for each place that rules look at, for every combination of answers they can get there, one example.

A place is below another, and what can stand there hangs on what stands above: nothing below a scalar, what it says below a value
that a rule names, and anything below another object. Lists matter upstream only, where a number never finds the key of an object.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple, TypeAlias

from bylaw.analysis.http_rules.body_values import Other, Value, is_named_container, part_of, values_for
from bylaw.analysis.http_rules.cells import Cells, cells_of
from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.evaluation.http_rules.bodies import body_condition, read_body
from bylaw.languages.http_rules.model import BodyMatcher
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json, json_text, key

Steps: TypeAlias = tuple[str, ...]
BodyTerm: TypeAlias = tuple[BodyMatcher, Dialect]
Never: TypeAlias = dict[Steps, int]
"""Cells of some places that no body has together."""
_AT: Final = "at"
_ANOTHER_KEY: Final = "other"


class Place(NamedTuple):
    """One place, with the kinds of values there and the masks of its terms."""

    cells: Cells[Value]
    terms: tuple[int, ...]
    """Which of all terms look there, in the order of the masks."""


class BodyCells:
    """Every kind of JSON body that some terms tell apart.

    Raises:
        TooComplexError: there are too many kinds.
    """

    def __init__(self, terms: Sequence[BodyTerm]) -> None:
        self._terms = terms
        self._dialects = tuple(dict.fromkeys(dialect for _, dialect in terms))
        self._reads_lists = Dialect.UPSTREAM in self._dialects
        self._children: dict[Steps, list[str]] = {}
        for matcher, _ in terms:
            for length in range(len(matcher.steps)):
                below = self._children.setdefault(matcher.steps[:length], [])
                if matcher.steps[length] not in below:
                    below.append(matcher.steps[length])
        self.places: dict[Steps, Place] = {}
        self._add(())

    def _add(self, steps: Steps) -> None:
        """A place, after the one above it, and those below."""
        numbers = tuple(number for number, (matcher, _) in enumerate(self._terms) if matcher.steps == steps)
        tests = [test for number in numbers for test in self._terms[number][0].tests]
        values: Iterator[Value] = values_for(tests, self._inherited(steps), self._dialects)
        if not steps:
            values = iter((Other.OBJECT, Other.LIST))
        if not self._has_lists(steps):
            values = (value for value in values if value is not Other.LIST)
        conditions = [self._condition(number) for number in numbers]
        children = self._children.get(steps, ())
        cells = cells_of(
            values, conditions, lambda holds, value: holds(value), also=_nesting if children else lambda _: None
        )
        if self._has_lists(steps) and any(map(is_named_container, cells.examples)):
            raise TooComplexError
        self.places[steps] = Place(cells, numbers)
        for child in children:
            self._add((*steps, child))

    def _has_lists(self, steps: Steps) -> bool:
        """Whether a list that nobody names is of a kind of its own there."""
        return self._reads_lists and any(map(_is_position, self._children.get(steps, ())))

    def _inherited(self, steps: Steps) -> list[Json]:
        above = self.places[steps[:-1]].cells.examples if steps else ()
        parts = (part_of(value, steps[-1]) for value in above if is_named_container(value))
        return [part for part in parts if not isinstance(part, Other)]

    def _condition(self, number: int) -> "_Condition":
        matcher, dialect = self._terms[number]
        return _Condition(replace(matcher, path=_AT), dialect)

    def never(self) -> Iterator[Never]:
        """Everything that no body has together."""
        for steps in self.places:
            if steps:
                yield from self._below(steps)

    def _below(self, steps: Steps) -> Iterator[Never]:
        above, place = self.places[steps[:-1]].cells.examples, self.places[steps].cells
        missing = 1 << place.examples.index(Other.MISSING)
        present = (1 << len(place.examples)) - 1 & ~missing
        for number, value in enumerate(above):
            impossible = present
            if is_named_container(value):
                impossible = (present | missing) & ~self._kind_of(steps, part_of(value, steps[-1]))
            elif value is Other.OBJECT:
                impossible = present if self._reads_lists and _is_position(steps[-1]) else 0
            elif value is Other.LIST:
                impossible = 0 if _is_position(steps[-1]) else present
                yield from self._gaps(steps, number, present)
            if impossible:
                yield {steps[:-1]: 1 << number, steps: impossible}

    def _gaps(self, steps: Steps, above: int, present: int) -> Iterator[Never]:
        """A list has everything before what it has."""
        for child in self._children[steps[:-1]]:
            if _is_position(child) and _is_position(steps[-1]) and int(child) < int(steps[-1]):
                before = (*steps[:-1], child)
                missing = 1 << self.places[before].cells.examples.index(Other.MISSING)
                yield {steps[:-1]: 1 << above, before: missing, steps: present}

    def _kind_of(self, steps: Steps, value: Value) -> int:
        """The one kind that a value is of."""
        place = self.places[steps]
        truth = tuple(self._condition(number)(value) for number in place.terms)
        nesting = _nesting(value)
        for number, example in enumerate(place.cells.examples):
            same = tuple(bool(mask >> number & 1) for mask in place.cells.masks) == truth
            if same and (steps not in self._children or _nesting(example) == nesting):
                return 1 << number
        raise TooComplexError

    def text(self, chosen: Mapping[Steps, int]) -> str:
        """A body with the given kind of value at every place."""
        return json_text(self._value((), chosen))

    def _value(self, steps: Steps, chosen: Mapping[Steps, int]) -> Json:
        cells = self.places[steps].cells
        value = cells.examples[chosen[steps]]
        children = [child for child in self._children.get(steps, ()) if not self._is_missing((*steps, child), chosen)]
        if value is Other.LIST:
            found: list[Json] = [None] * max((int(child) + 1 for child in children), default=0)
            for child in children:
                found[int(child)] = self._value((*steps, child), chosen)
            return found
        if isinstance(value, Other):
            own = {child: self._value((*steps, child), chosen) for child in children}
            return {_ANOTHER_KEY: None, **own} if any(map(is_named_container, cells.examples)) else own
        return value

    def _is_missing(self, steps: Steps, chosen: Mapping[Steps, int]) -> bool:
        return self.places[steps].cells.examples[chosen[steps]] is Other.MISSING


class _Condition:
    """What a term says of a value at its place: asked of the evaluator, in a body that has nothing else."""

    def __init__(self, matcher: BodyMatcher, dialect: Dialect) -> None:
        self._holds = body_condition(matcher, dialect, when_opaque=False)
        self._dialect = dialect

    def __call__(self, value: Value) -> bool:
        return self._holds(read_body(json_text(_document(value)), self._dialect))


def _document(value: Value) -> Json:
    match value:
        case Other.MISSING:
            return {}
        case Other.OBJECT:
            return {_AT: {_ANOTHER_KEY: {_ANOTHER_KEY: None}}}
        case Other.LIST:
            return {_AT: [{_ANOTHER_KEY: {_ANOTHER_KEY: None}}]}
        case _:
            return {_AT: value}


def _nesting(value: Value) -> Hashable:
    """What matters of a value for what stands below it."""
    if isinstance(value, Other):
        return None if value is Other.MISSING else value
    return key(value) if is_named_container(value) else None


def _is_position(step: str) -> bool:
    return step.isascii() and step.isdigit()
