"""`like` made exact on demand: a model is checked against real strings, and what is wrong with it becomes a lemma.

To a solver `like` is an unknown predicate for each pattern. After each model the strings are grouped by value, and for each group
a string is sought that matches what the model says it matches and nothing else. If there is none, that is a fact about the
patterns, and it is told. Every lemma is true of all strings; that no *unused* string was found is never one, because the value may
be that of another string in the query.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from bylaw.analysis.patterns import Pattern
from bylaw.analysis.smt.globs import Finite, Strings, TooHard, includes, matches, members
from bylaw.analysis.smt.port import Constant, Solver
from bylaw.analysis.smt.sorts import STRING
from bylaw.analysis.smt.terms import Term, Terms

MAX_MINIMISED = 12
"""Patterns of a lemma that are tried to be left out."""


class Likes(NamedTuple):
    """The string terms of a query and the patterns that are asked of each."""

    texts: tuple[Term, ...]
    literals: tuple[Term, ...]
    atoms: Mapping[Term, Mapping[Pattern, Term]]


class Read(NamedTuple):
    """What came of a model: texts for its strings by value, or lemmas that it breaks, or neither."""

    strings: Mapping[Constant, str]
    lemmas: tuple[Term, ...] = ()
    too_hard: bool = False


def likes(query: Iterable[Term]) -> Likes:
    """The string terms among `query`."""
    texts: list[Term] = []
    literals: list[Term] = []
    atoms: dict[Term, dict[Pattern, Term]] = {}
    for term in query:
        if term.sort == STRING:
            (literals if term.op == "const" else texts).append(term)
        elif term.op == "like" and isinstance(term.data, tuple):
            atoms.setdefault(term.args[0], {})[term.data] = term
    return Likes(tuple(texts), tuple(literals), atoms)


def read_strings(solver: Solver, found: Likes, terms: Terms) -> Read:
    """The strings of the model of the last check."""
    asked = [atom for atoms in found.atoms.values() for atom in atoms.values()]
    everything = [*found.literals, *found.texts, *asked]
    values = dict(zip(everything, solver.values(everything), strict=True))
    known = {values[literal]: str(literal.data) for literal in found.literals}
    groups: dict[Constant, list[Term]] = {}
    for text in found.texts:
        groups.setdefault(values[text], []).append(text)
    strings = dict(known)
    taken = set(known.values())
    lemmas: dict[Term, None] = {}
    # Groups that are asked the most choose first: the others take whatever is left.
    for value, group in sorted(groups.items(), key=lambda item: -sum(len(found.atoms.get(t, ())) for t in item[1])):
        signature = {
            pattern: bool(values[atom]) for text in group for pattern, atom in found.atoms.get(text, {}).items()
        }
        if value in known:
            lemmas.update(dict.fromkeys(_misread(known[value], signature, found, terms)))
            continue
        answer = members(
            [p for p, holds in signature.items() if holds],
            [p for p, holds in signature.items() if not holds],
            avoid=frozenset(taken),
        )
        match answer:
            case Strings((found_text, *_)):
                strings[value] = found_text
                taken.add(found_text)
            case Finite(texts):
                lemmas.update(dict.fromkeys(_impossible(signature, texts, group, found, terms)))
            case TooHard():
                return Read({}, too_hard=True)
    return Read(strings, tuple(lemmas))


def pairwise(found: Likes, terms: Terms, limit: int = 150) -> Iterator[Term]:
    """That a pattern includes another, for all pairs asked of one string: told beforehand where many checks follow."""
    for atoms in found.atoms.values():
        patterns = list(atoms)[:limit]
        for inner in patterns:
            for outer in patterns:
                if inner != outer and includes(outer, inner):
                    yield terms.implies(atoms[inner], atoms[outer])


def _misread(text: str, signature: Mapping[Pattern, bool], found: Likes, terms: Terms) -> Iterator[Term]:
    """What a literal matches is a fact; for every term that is asked it."""
    literal = terms.constant(text, STRING)
    for pattern, holds in signature.items():
        truth = matches(pattern, text)
        if truth is not holds:
            for term, atoms in found.atoms.items():
                if pattern in atoms:
                    said = atoms[pattern] if truth else terms.not_(atoms[pattern])
                    yield terms.implies(terms.equal(term, literal), said)


def _impossible(
    signature: Mapping[Pattern, bool], texts: tuple[str, ...], group: list[Term], found: Likes, terms: Terms
) -> Iterator[Term]:
    """No string, or only `texts`, have this signature: of the terms of the group, which may share it, and of each term alone."""
    core = _minimal(signature) if not texts else signature
    alone = ([term] for term, atoms in found.atoms.items() if core.keys() <= atoms.keys())
    for shared in (group, *alone):
        # The signature may be that of several terms with one value: it is of those terms as long as they are equal.
        askers = {p: next(term for term in shared if p in found.atoms.get(term, ())) for p in core}
        first, *others = dict.fromkeys(askers.values())
        broken = [
            terms.not_(found.atoms[askers[pattern]][pattern]) if holds else found.atoms[askers[pattern]][pattern]
            for pattern, holds in core.items()
        ]
        apart = (terms.not_(terms.equal(first, other)) for other in others)
        one_of = (terms.equal(first, terms.constant(text, STRING)) for text in texts)
        yield terms.or_((*broken, *apart, *one_of))


def _minimal(signature: Mapping[Pattern, bool]) -> Mapping[Pattern, bool]:
    """A small part of an impossible signature that is impossible by itself."""
    positive = [pattern for pattern, holds in signature.items() if holds]
    negative = [pattern for pattern, holds in signature.items() if not holds]
    for inner in positive or [(None,)]:
        for outer in negative:
            if includes(outer, inner):
                return {inner: True, outer: False} if positive else {outer: False}
    core = dict(signature)
    if len(core) <= MAX_MINIMISED:
        for pattern in list(core):
            rest = {other: holds for other, holds in core.items() if other != pattern}
            answer = members([p for p, h in rest.items() if h], [p for p, h in rest.items() if not h])
            if answer == Finite(()):
                core = rest
    return core
