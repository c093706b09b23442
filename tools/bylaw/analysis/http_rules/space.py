"""The space of all kinds of requests that the rules of some documents tell apart, each of them a box or two in it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from bylaw.analysis.http_rules.body_cells import BodyCells, Steps
from bylaw.analysis.http_rules.boxes import Box, covers, meet, outside
from bylaw.analysis.http_rules.cells import header_cells, method_cells, time_cells
from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.analysis.http_rules.urls import UrlSearch
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.http_rules.bodies import BodyState
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import HeaderMatcher, Matcher
from bylaw.model.dialects import Dialect

_STATES: Final = (BodyState.NONE, BodyState.VALUE, BodyState.OPAQUE)
_OPAQUE_TEXT: Final = "not JSON"
_METHOD, _TIME, _STATE = range(3)


class Term(NamedTuple):
    """A matcher as one dialect reads it, in an allow or a deny rule."""

    matcher: Matcher
    denies: bool
    """A body that cannot be read matches in a deny rule, and in no allow rule."""
    dialect: Dialect = Dialect.STRICT


class Space:
    """The kinds of requests that some terms tell apart.

    Raises:
        TooComplexError: there are too many to look at each.
    """

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = tuple(terms)
        self._urls = UrlSearch([(term.matcher.url, term.dialect) for term in terms])
        self._methods = method_cells([term.matcher.methods for term in terms])
        self._windows = [term.matcher.outside for term in terms if term.matcher.outside is not None]
        self._times = time_cells(self._windows)
        self._headers = _by_name(terms)
        self._header_cells = {name: header_cells(found) for name, found in self._headers.items()}
        self._bodies = [(body, term.dialect) for term in terms for body in term.matcher.body]
        self._body = BodyCells(self._bodies)
        self._first_place = _STATE + 1 + len(self._headers)
        self._places: Mapping[Steps, int] = {
            steps: self._first_place + number for number, steps in enumerate(self._body.places)
        }
        self.everything: Box = self._box({})
        self._hosts = [self._urls.host_of(number) for number in range(len(terms))]
        self._known_neighbours: dict[int, frozenset[int]] = {}
        self._boxes = tuple(tuple(self._boxes_of(number)) for number in range(len(terms)))

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        headers = (len(cells.examples) for cells in self._header_cells.values())
        places = (len(place.cells.examples) for place in self._body.places.values())
        return len(self._methods.examples), len(self._times.examples), len(_STATES), *headers, *places

    def _box(self, cells: Mapping[int, int], required: int = 0) -> Box:
        return Box(
            required, 0, tuple(cells.get(variable, (1 << size) - 1) for variable, size in enumerate(self._sizes))
        )

    def _exists(self, required: int, excluded: int) -> bool:
        return self._urls.find(required, excluded) is not None

    def boxes(self, term: int) -> tuple[Box, ...]:
        """The requests that a term matches."""
        return self._boxes[term]

    @cached_property
    def _impossible(self) -> tuple[Box, ...]:
        """What no request is."""
        return tuple(
            self._box({self._places[steps]: mask for steps, mask in never.items()}) for never in self._body.never()
        )

    def _boxes_of(self, number: int) -> Iterator[Box]:
        term = self._terms[number]
        cells = {_METHOD: self._methods.masks[number]}
        if term.matcher.outside is not None:
            cells[_TIME] = self._times.masks[self._windows.index(term.matcher.outside)]
        for header in term.matcher.headers:
            variable, mask = self._header_mask(header, term.dialect)
            cells[variable] = cells.get(variable, -1) & mask
        yield from self._with_body(term, cells, self._urls.set_of(number))

    def _header_mask(self, header: HeaderMatcher, dialect: Dialect) -> tuple[int, int]:
        name = header.name.lower()
        variable = _STATE + 1 + list(self._headers).index(name)
        return variable, self._header_cells[name].masks[self._headers[name].index((header, dialect))]

    def _with_body(self, term: Term, cells: Mapping[int, int], urls: int) -> Iterator[Box]:
        if not term.matcher.body:
            yield self._box(cells, urls)
            return
        if term.denies:
            yield self._box({**cells, _STATE: 1 << _STATES.index(BodyState.OPAQUE)}, urls)
        readable = {**cells, _STATE: 1 << _STATES.index(BodyState.VALUE)}
        for body in term.matcher.body:
            place = self._body.places[body.steps]
            mask = place.cells.masks[place.terms.index(self._bodies.index((body, term.dialect)))]
            variable = self._places[body.steps]
            readable[variable] = readable.get(variable, -1) & mask
        yield self._box(readable, urls)

    def find(
        self, inside: Iterable[Box], *, without: Iterable[int] = (), part_of: Iterable[int] = ()
    ) -> HttpRequest | Nothing:
        """A request of one of the boxes that none of some terms matches. `part_of`: terms that match all of these boxes."""
        terms = frozenset(without).intersection(*map(self._neighbours, part_of))
        others = [*(box for term in sorted(terms) for box in self._boxes[term]), *self._impossible]
        result = Nothing.EMPTY
        for box in inside:
            found = outside(box, others, self._exists) if self._has_urls(box) else Nothing.EMPTY
            if isinstance(found, Box):
                return self.request(found)
            result = Nothing.UNKNOWN if Nothing.UNKNOWN in {found, result} else result
        return result

    def meeting(self, one: int, other: int) -> tuple[Box, ...]:
        """What two terms both match."""
        return tuple(self.both(self._boxes[one], self._boxes[other])) if other in self._neighbours(one) else ()

    def _neighbours(self, term: int) -> frozenset[int]:
        """The terms that match something that this one matches."""
        if term not in self._known_neighbours:
            host = self._urls.host_of(term)
            found = [n for n, other in enumerate(self._hosts) if host is None or other is None or other == host]
            self._known_neighbours[term] = frozenset(self.near(self._boxes[term], found))
        return self._known_neighbours[term]

    def _has_urls(self, box: Box) -> bool:
        """Whether a box has any request at all, as far as its parts tell."""
        try:
            return all(box.cells) and self._exists(box.required, box.excluded)
        except TooComplexError:
            return True

    def near(self, boxes: Sequence[Box], terms: Iterable[int]) -> tuple[int, ...]:
        """The terms that match something of some boxes."""
        return tuple(term for term in terms if any(True for _ in self.both(boxes, self._boxes[term])))

    def both(self, one: Iterable[Box], other: Sequence[Box]) -> Iterator[Box]:
        """What some boxes have in common with others."""
        return (found for first in one for second in other if (found := meet(first, second, self._exists)))

    def covers(self, wide: Box, narrow: Box) -> bool:
        """Whether every request of one box is one of another."""
        return covers(wide, narrow, self._exists)

    def request(self, box: Box) -> HttpRequest:
        """The plainest request of a box that has no impossible points."""
        chosen = [(cells & -cells).bit_length() - 1 for cells in box.cells]
        headers = zip(self._header_cells.items(), chosen[_STATE + 1 :], strict=False)
        values = ((name, cells.examples[number]) for (name, cells), number in headers)
        return HttpRequest(
            method=self._methods.examples[chosen[_METHOD]],
            url=self._urls.find(box.required, box.excluded) or "",
            headers=tuple((name, value) for name, value in values if value is not None),
            body=self._body_text(chosen),
            timestamp_ms=self._times.examples[chosen[_TIME]],
        )

    def _body_text(self, chosen: Sequence[int]) -> str | None:
        state = _STATES[chosen[_STATE]]
        if state is BodyState.NONE:
            return None
        if state is BodyState.OPAQUE:
            return _OPAQUE_TEXT
        return self._body.text({steps: chosen[variable] for steps, variable in self._places.items()})


def _by_name(terms: Iterable[Term]) -> dict[str, list[tuple[HeaderMatcher, Dialect]]]:
    found: dict[str, list[tuple[HeaderMatcher, Dialect]]] = {}
    for term in terms:
        for header in term.matcher.headers:
            found.setdefault(header.name.lower(), []).append((header, term.dialect))
    return found
