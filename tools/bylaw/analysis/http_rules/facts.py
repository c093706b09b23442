"""What can be said of one `http-rules` document over all requests, each statement with a request that shows it where one can.

Everything is decided exactly (see `space`). What took too long is among the open questions, and then nothing is said of it.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from bylaw.analysis.http_rules.boxes import Box
from bylaw.analysis.http_rules.comparing import Reading, first_only, term_of
from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.analysis.http_rules.space import Space
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Allow, Default, Deny, HttpRules, Mode, Rule
from bylaw.model.dialects import Dialect
from bylaw.model.errors import InternalError

_READABLE = slice(-1, None)
"""Of the boxes of a rule, the one of requests without a body, or with one that can be read."""
_MOST_COVERING = 12
"""Rules that are tried one by one when those that cover another are told."""


class Contradiction(NamedTuple):
    """An allow and a deny rule that both match a request."""

    allow: Rule
    deny: Rule
    request: HttpRequest
    is_carve_out: bool
    """Whether the deny rule lies inside of the allow rule: one that was made to be cut out."""


class Covered(NamedTuple):
    """A rule, and others that match whatever it does."""

    rule: Rule
    by: tuple[Rule, ...]


class Facts:
    """What is so of one document in the strict reading. Each question is answered when it is first asked."""

    def __init__(self, document: HttpRules) -> None:
        self.document = document
        self._matching: tuple[Rule, ...] = tuple(
            rule for rule in document.rules if isinstance(rule.action, Allow | Deny)
        )
        self._evaluators = {rule.name: alone(rule) for rule in self._matching}
        self._unsettled: set[str] = set()
        try:
            self._space = Space([term_of(rule) for rule in self._matching])
        except TooComplexError:
            self._unsettled.update(rule.name for rule in self._matching)
            self._matching, self._space = (), Space(())

    @property
    def undecided(self) -> frozenset[str]:
        """Names of the rules of which some question was not answered."""
        _ = (self.never, self.contradictions, self.redundant, self.shadowed, self.dead_denies)
        return frozenset(self._unsettled)

    @cached_property
    def _allows(self) -> tuple[int, ...]:
        return tuple(n for n, rule in enumerate(self._matching) if isinstance(rule.action, Allow))

    @cached_property
    def _denies(self) -> tuple[int, ...]:
        return tuple(n for n, rule in enumerate(self._matching) if isinstance(rule.action, Deny))

    @cached_property
    def never(self) -> tuple[Rule, ...]:
        """Rules that no request matches whose body, if it has one, can be read."""
        return tuple(
            rule
            for number, rule in enumerate(self._matching)
            if self._find(number, self._space.boxes(number)[_READABLE]) is Nothing.EMPTY
        )

    def _is_empty(self, number: int, without: Iterable[int] = ()) -> bool:
        """Whether nothing matches a rule and none of the others."""
        return self._find(number, self._space.boxes(number), without) is Nothing.EMPTY

    def _find(self, number: int, boxes: Iterable[Box], without: Iterable[int] = ()) -> HttpRequest | Nothing:
        found = self._space.find(boxes, without=without, part_of=(number,))
        if found is Nothing.UNKNOWN:
            self._unsettled.add(self._matching[number].name)
        return found

    @cached_property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Every allow and deny rule that meet."""
        return tuple(
            found for deny in self._denies for allow in self._allows if (found := self._contradiction(allow, deny))
        )

    def _contradiction(self, allow: int, deny: int) -> Contradiction | None:
        space = self._space
        both = space.meeting(deny, allow)
        if not both:
            return None
        found = self._find(deny, both)
        if not isinstance(found, HttpRequest):
            return None
        one, other = self._matching[allow], self._matching[deny]
        self._check(found, one, other)
        return Contradiction(one, other, found, self._is_inside(deny, allow))

    def _is_inside(self, inner: int, outer: int) -> bool:
        """Whether every request of one rule with a body that can be read is one of another."""
        return self._find(inner, self._space.boxes(inner)[_READABLE], [outer]) is Nothing.EMPTY

    def _check(self, request: HttpRequest, *rules: Rule) -> None:
        """Each rule matches the request, says the evaluator too.

        Raises:
            InternalError: it does not.
        """
        for rule in rules:
            if self._evaluators[rule.name].decide(request).matched_rule != rule.name:
                raise InternalError(f"`{rule.name}` was said to match {request}")

    @cached_property
    def redundant(self) -> tuple[Covered, ...]:
        """Rules without which every decision stays the same, for others of their kind cover them; all can go together."""
        found: list[Covered] = []
        for tier in (self._denies, self._allows):
            kept = [number for number in tier if self._matching[number] not in self.never]
            for number in reversed(kept.copy()):
                others = [other for other in kept if other != number]
                if self._is_empty(number, others):
                    kept = others
                    found.append(Covered(self._matching[number], self._covering(number, others)))
        return tuple(sorted(found, key=lambda covered: covered.rule.span))

    @cached_property
    def shadowed(self) -> tuple[Covered, ...]:
        """Allow rules that deny rules refuse wholly."""
        return tuple(
            Covered(self._matching[number], self._covering(number, self._denies))
            for number in self._allows
            if self._matching[number] not in self.never and self._is_empty(number, self._denies)
        )

    def _covering(self, number: int, others: Sequence[int]) -> tuple[Rule, ...]:
        """As few as are needed of the rules that cover one."""
        space = self._space
        own = space.boxes(number)
        near = list(space.near(own, others))
        alone = next(
            (n for n in near if all(any(space.covers(wide, box) for wide in space.boxes(n)) for box in own)), None
        )
        if alone is not None:
            return (self._matching[alone],)
        if len(near) <= _MOST_COVERING:
            for n in tuple(near):
                fewer = [other for other in near if other != n]
                near = fewer if self._is_empty(number, fewer) else near
        return tuple(self._matching[n] for n in near)

    @cached_property
    def broad(self) -> tuple[Rule, ...]:
        """Allow rules that let every request through."""
        everything = (self._space.everything,)
        return tuple(
            self._matching[number]
            for number in self._allows
            if self._space.find(everything, without=[number]) is Nothing.EMPTY
        )

    @cached_property
    def allows_something(self) -> HttpRequest | Nothing:
        """A request that is allowed."""
        if self._unsettled and not self._matching:
            return Nothing.UNKNOWN
        space = self._space
        by_default = (space.everything,) if self.document.default is Default.ALLOW else ()
        boxes = (*by_default, *(box for number in self._allows for box in space.boxes(number)))
        return space.find(boxes, without=self._denies)

    @cached_property
    def dead_denies(self) -> tuple[Rule, ...]:
        """Deny rules that refuse nothing that would be allowed without any of them."""
        if self.document.default is Default.ALLOW:
            return ()
        space = self._space
        return tuple(
            self._matching[number]
            for number in self._denies
            if self._matching[number] not in self.never
            and all(self._find(number, space.meeting(number, allow)) is Nothing.EMPTY for allow in self._allows)
        )

    @cached_property
    def divergence(self) -> HttpRequest | None:
        """A request that the original would let through and the strict reading would not, limits aside."""
        found = first_only(Reading(self.document, Dialect.UPSTREAM), Reading(self.document))
        return None if found is None else found.request


def alone(rule: Rule, dialect: Dialect = Dialect.STRICT) -> HttpEvaluator:
    """Decides by one rule, which is matched where it is what decides."""
    default = Default.ALLOW if isinstance(rule.action, Deny) else Default.DENY
    return HttpEvaluator(HttpRules(None, default, Mode.ENFORCE, mode_is_given=True, rules=(rule,)), dialect)
