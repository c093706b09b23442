"""What makes membership a hierarchy: in every entity store it is transitive and has no cycles.

It is enough to say so of the entity terms that stand left of some `in`: a model is turned into a store by giving each of their
values those ancestors that some term of the query names, and nothing in the query reads any other membership.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from bylaw.analysis.smt.frame import Frame
from bylaw.analysis.smt.terms import Function, Term


class Memberships(NamedTuple):
    """The entity terms that memberships in a query are about."""

    lower: tuple[Term, ...]
    upper: tuple[Term, ...]


def memberships(terms: Iterable[Term], frame: Frame) -> Memberships:
    """The terms on both sides of every `in` among `terms`."""
    lower: dict[Term, None] = {}
    upper: dict[Term, None] = {}
    for term in terms:
        if isinstance(term.data, Function) and term.data in frame.symbols.hierarchies:
            lower[term.args[0]] = None
            upper[term.args[1]] = None
    return Memberships(tuple(lower), tuple(upper))


def hierarchy_axioms(found: Memberships, frame: Frame) -> Iterator[Term]:
    """Transitivity and acyclicity for the terms of a query."""
    terms = frame.terms
    everything = tuple(dict.fromkeys((*found.lower, *found.upper)))
    for low in found.lower:
        if _can_be_in(low, low, frame):
            yield terms.implies(frame.exists(low), terms.not_(frame.symbols.ancestor(low, low)))
        for middle in found.lower:
            if middle is low or not _can_be_in(low, middle, frame):
                continue
            first = terms.and_((frame.exists(low), frame.exists(middle), frame.symbols.ancestor(low, middle)))
            for high in everything:
                if _can_be_in(middle, high, frame):
                    both = terms.and_((first, frame.symbols.ancestor(middle, high)))
                    yield terms.implies(both, frame.symbols.ancestor(low, high))


def _can_be_in(lower: Term, upper: Term, frame: Frame) -> bool:
    name = frame.symbols.type_name
    return name(upper) in frame.schema.ancestor_types(name(lower))
