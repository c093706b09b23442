"""Whether one reading of some rules allows what another does not; limits aside, and as if both were enforced."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bylaw.analysis.http_rules.boxes import Box
from bylaw.analysis.http_rules.complexity import TooComplexError
from bylaw.analysis.http_rules.space import Space, Term
from bylaw.analysis.nothing import Nothing
from bylaw.evaluation.http_rules.decisions import Verdict
from bylaw.evaluation.http_rules.evaluator import HttpEvaluator
from bylaw.evaluation.http_rules.requests import HttpRequest
from bylaw.languages.http_rules.model import Allow, Default, Deny, HttpRules, Limit, Rule
from bylaw.model.dialects import Dialect
from bylaw.model.errors import InternalError


class Reading(NamedTuple):
    """A document as one dialect reads it."""

    document: HttpRules
    dialect: Dialect = Dialect.STRICT


class Difference(NamedTuple):
    """A request that one reading allows and the other does not."""

    request: HttpRequest
    allowed_by: str | None
    """The rule; none: the default."""
    refused_by: str | None


class Compared(NamedTuple):
    """What one reading allows and the other does not."""

    differences: tuple[Difference, ...]
    """One for each rule that allows something; none at all where that is proved."""
    is_settled: bool
    """False where some question took too long, so that there may be more."""


class _Side(NamedTuple):
    default: Default
    names: dict[int, str]
    allows: tuple[int, ...]
    denies: tuple[int, ...]


def compare(one: Reading, other: Reading) -> tuple[Compared, Compared]:
    """What only the first allows, and what only the second does. Every request is decided by the evaluator, too.

    Raises:
        InternalError: the evaluator contradicts what was found.
    """
    return only(one, other), only(other, one)


def only(one: Reading, other: Reading) -> Compared:
    """What the first allows and the second does not. Every request is decided by the evaluator, too.

    Raises:
        InternalError: the evaluator contradicts what was found.
    """
    found = _space(one, other)
    if found is None:
        return Compared((), is_settled=False)
    space, side, against = found
    return _checked(space, (one, other), side, against)


def first_only(one: Reading, other: Reading) -> Difference | None:
    """Something that the first allows and the second does not; none where nothing was found. It is decided by the evaluator, too.

    Raises:
        InternalError: the evaluator contradicts what was found.
    """
    found = _space(one, other)
    if found is None:
        return None
    difference = next((one for one in _allowed_by_one(*found) if one is not None), None)
    if difference is not None:
        _check(difference, [_rules_only(reading) for reading in (one, other)])
    return difference


def _space(one: Reading, other: Reading) -> "tuple[Space, _Side, _Side] | None":
    """The space of both, and each of them in it; none where it is too complex."""
    terms: list[Term] = []
    sides = []
    for document, dialect in (one, other):
        rules = [rule for rule in document.rules if isinstance(rule.action, Allow | Deny)]
        sides.append(_side(document, rules, len(terms)))
        terms += [term_of(rule, dialect) for rule in rules]
    try:
        return Space(terms), sides[0], sides[1]
    except TooComplexError:
        return None


def term_of(rule: Rule, dialect: Dialect = Dialect.STRICT) -> Term:
    """What an allow or deny rule matches.

    Raises:
        TypeError: it is a limit.
    """
    if isinstance(rule.action, Limit):
        raise TypeError(rule)
    return Term(rule.action.matcher, isinstance(rule.action, Deny), dialect)


def _side(document: HttpRules, rules: Sequence[Rule], first: int) -> _Side:
    numbered = dict(enumerate(rules, first))
    return _Side(
        document.default,
        {number: rule.name for number, rule in numbered.items()},
        tuple(number for number, rule in numbered.items() if isinstance(rule.action, Allow)),
        tuple(number for number, rule in numbered.items() if isinstance(rule.action, Deny)),
    )


def _checked(space: Space, readings: tuple[Reading, Reading], one: _Side, other: _Side) -> Compared:
    found = list(_allowed_by_one(space, one, other))
    differences = tuple(difference for difference in found if difference is not None)
    evaluators = [_rules_only(reading) for reading in readings]
    for difference in differences:
        _check(difference, evaluators)
    return Compared(differences, is_settled=None not in found)


def _check(difference: Difference, evaluators: Sequence[HttpEvaluator]) -> None:
    verdicts = [evaluator.decide(difference.request).verdict for evaluator in evaluators]
    if [verdict is Verdict.ALLOW for verdict in verdicts] != [True, False]:
        raise InternalError(f"a difference is none: {difference.request}, {verdicts}")


def _rules_only(reading: Reading) -> HttpEvaluator:
    document = reading.document
    rules = tuple(rule for rule in document.rules if not isinstance(rule.action, Limit))
    return HttpEvaluator(
        HttpRules(None, document.default, document.mode, mode_is_given=True, rules=rules), reading.dialect
    )


def _allowed_by_one(space: Space, one: _Side, other: _Side) -> Iterator[Difference | None]:
    """A difference for each rule that makes one; none for each of which it is not known."""
    for number in one.allows:
        yield from _by(space, number, one, other)
    if one.default is Default.ALLOW:
        yield from _by(space, None, one, other)


def _by(space: Space, allow: int | None, one: _Side, other: _Side) -> Iterator[Difference | None]:
    """What one allows by a rule, or by default: where the other refuses it by default, or by the first deny rule that does."""
    others = one.allows if allow is None else ()
    is_open = False
    by = () if allow is None else (allow,)
    for deny, places, also in _refusals(space, allow, other):
        part_of = by if deny is None else (*by, deny)
        found = space.find(places, without=(*one.denies, *others, *also), part_of=part_of)
        if isinstance(found, HttpRequest):
            names = (None if n is None else side.names[n] for n, side in ((allow, one), (deny, other)))
            yield Difference(found, *names)
            return
        is_open = is_open or found is Nothing.UNKNOWN
    if is_open:
        yield None


def _refusals(
    space: Space, allow: int | None, side: _Side
) -> Iterator[tuple[int | None, Sequence[Box], Sequence[int]]]:
    """By which rule a side refuses part of a rule or of everything, what part, and the rules that it must not match."""
    if side.default is Default.DENY:
        boxes = (space.everything,) if allow is None else space.boxes(allow)
        yield None, boxes, (*side.allows, *side.denies)
    for deny in side.denies:
        places = space.boxes(deny) if allow is None else space.meeting(allow, deny)
        if places:
            yield deny, places, ()
