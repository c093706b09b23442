"""Whether some URL matches all of these patterns and none of those, and a shortest one that does.

A literal tests equality only, so the literals themselves, a new identifier and a new name are all the segments that have to be
tried. The patterns in question are one automaton, a state the set of places in them that the segments so far can lead to.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.evaluation.http_rules.patterns import ANY, ONE
from bylaw.evaluation.http_rules.urls import Subject, subject_of
from bylaw.model.dialects import Dialect

MAX_STATES: Final = 20_000
"""Of one search."""
_HOSTS: Final = ("api.example.com", "api.example.org", "other.example.net")
_NAMES: Final = ("v1", "items", "other", "page")
_IDENTIFIERS: Final = ("42", "7", "1001", "90210")
_SAFE: Final = "-._~!$&'()*+,;=:@"
"""What a segment may hold as it is (RFC 3986, 3.3)."""


class _Pattern(NamedTuple):
    """Its bits say how many of its elements, `**` left out, the segments so far can stand for."""

    start: int
    stay: int
    """Bits before a `**`."""
    final: int
    bits: int
    host: str | None
    """The only host it can match, where it begins with a literal."""
    literals: frozenset[str]


class UrlSearch:
    """Finds URLs for numbered patterns, each read in its dialect."""

    def __init__(self, patterns: Sequence[tuple[str | None, Dialect]]) -> None:
        self._dialects = tuple(dict.fromkeys(dialect for _, dialect in patterns))
        self._star = 0
        self._literals: dict[tuple[str, Dialect], int] = {}
        self._numbers: dict[tuple[str, Dialect], int] = {}
        self._patterns: list[_Pattern] = []
        self._next_bit = 0
        self._asked = [self._add(*pattern) for pattern in patterns]
        every = {literal for pattern in self._patterns for literal in pattern.literals}
        self._masks: dict[str, int | None] = {}
        self._host_masks: dict[str, int | None] = {}
        self._new_host = next(host for host in _HOSTS if host not in every)
        self._new = tuple(next(text for text in texts if text not in every) for texts in (_NAMES, _IDENTIFIERS))
        self._known: dict[tuple[int, int], str | None] = {}

    def set_of(self, asked: int) -> int:
        """The set, as bits, that requires one of the patterns; an empty one for what matches every URL."""
        return self._asked[asked]

    def host_of(self, asked: int) -> str | None:
        """The only host that one of the patterns can match, where it begins with a literal."""
        required = self._asked[asked]
        return self._patterns[required.bit_length() - 1].host if required else None

    def _add(self, pattern: str | None, dialect: Dialect) -> int:
        if pattern is None or pattern in {ONE, ANY}:
            return 0
        number = self._numbers.setdefault((pattern, dialect), len(self._numbers))
        if number == len(self._patterns):
            self._patterns.append(self._compiled(pattern.split("/"), dialect))
        return 1 << number

    def _compiled(self, elements: Sequence[str], dialect: Dialect) -> _Pattern:
        first = bit = self._next_bit
        stay = 0
        for element in elements:
            if element == ANY:
                stay |= 1 << bit
                continue
            if element == ONE:
                self._star |= 1 << bit
            else:
                self._literals[element, dialect] = self._literals.get((element, dialect), 0) | 1 << bit
            bit += 1
        self._next_bit = bit + 1
        literals = frozenset(elements) - {ONE, ANY}
        host = elements[0] if elements[0] in literals else None
        return _Pattern(1 << first, stay, 1 << bit, (1 << bit + 1) - (1 << first), host, literals)

    def find(self, required: int, excluded: int) -> str | None:
        """A URL that matches every pattern of one set and none of the other; none where there is none.

        Raises:
            TooComplexError: the search took too long.
        """
        key = (required, excluded)
        if key not in self._known:
            self._known[key] = self._search(required, excluded)
        return self._known[key]

    def _search(self, required: int, excluded: int) -> str | None:
        wanted, refused = tuple(self._members(required)), tuple(self._members(excluded))
        hosts = {pattern.host for pattern in wanted if pattern.host is not None}
        if required & excluded or len(hosts) > 1:
            return None
        patterns = (*wanted, *refused)
        stay = sum(pattern.stay for pattern in patterns)
        care = sum(pattern.bits for pattern in patterns)
        finals = sum(pattern.final for pattern in refused)
        forever = finals & stay  # nothing that follows can end such a match
        literals = sorted({literal for pattern in patterns for literal in pattern.literals})
        todo = deque([(sum(pattern.start for pattern in patterns), "")])
        seen: set[int] = set()
        while todo:
            state, url = todo.popleft()
            for text, mask in self._segments(literals, at_host=not url):
                after = ((state & mask) << 1 | state & stay) & care
                if after in seen or after & forever or not all(after & pattern.bits for pattern in wanted):
                    continue
                seen.add(after)
                longer = f"{url}/{quote(text, safe=_SAFE)}" if url else f"https://{text}"
                if not after & finals and all(after & pattern.final for pattern in wanted):
                    return longer
                todo.append((after, longer))
            if len(seen) > MAX_STATES:
                raise TooComplexError
        return None

    def _members(self, patterns: int) -> Iterator[_Pattern]:
        while patterns:
            lowest = patterns & -patterns
            yield self._patterns[lowest.bit_length() - 1]
            patterns ^= lowest

    def _segments(self, literals: Sequence[str], *, at_host: bool) -> Iterator[tuple[str, int]]:
        """Segments to try, each with the elements that match it."""
        new = (self._new_host,) if at_host else self._new
        masks = self._host_masks if at_host else self._masks
        for text in (*new, *literals):
            if text not in masks:
                masks[text] = self._host_mask(text) if at_host else self._mask(text)
            mask = masks[text]
            if mask is not None:
                yield text, mask

    def _host_mask(self, text: str) -> int | None:
        """What matches a host; none where some dialect does not see it as it is."""
        if any(subject_of(f"https://{text}", dialect) != (text, (), ()) for dialect in self._dialects):
            return None
        return self._star | sum(self._literals.get((text, dialect), 0) for dialect in self._dialects)

    def _mask(self, text: str) -> int | None:
        """What matches a segment of a path; none where some dialect does not see one."""
        found = self._star
        for dialect in self._dialects:
            subject = subject_of(f"https://host/{quote(text, safe=_SAFE)}", dialect)
            if not isinstance(subject, Subject) or len(subject.raw) != 1:
                return None
            names = {subject.templated[0], *(subject.raw if dialect is Dialect.STRICT else ())}
            for name in names:
                found |= self._literals.get((name, dialect), 0)
        return found
