"""What the atoms over unknown sets mean, said of the elements that a query knows.

A universal atom ("every element of x is in y") is instantiated for every element term of that type; an existential one gets a
witness. A model is turned into concrete sets by keeping of each the elements that the query knows, so instances for those are all
that is needed, and the witnesses see to it that sets that differ still differ.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

from bylaw.analysis.smt.frame import Frame
from bylaw.analysis.smt.sets import Element, elements
from bylaw.analysis.smt.sorts import Sort
from bylaw.analysis.smt.terms import Function, Term
from bylaw.languages.cedar.schema import SetType

ATOMS = frozenset({"subset", "overlap", "empty", "reaches"})


class Universe:
    """The elements of each set sort that a query knows."""

    def __init__(self) -> None:
        self._elements: dict[Sort, dict[Element, None]] = {}

    def add(self, set_sort: Sort, element: Element) -> None:
        """Remember an element."""
        self._elements.setdefault(set_sort, {})[element] = None

    def of(self, set_sort: Sort) -> tuple[Element, ...]:
        """The elements known of sets of this sort."""
        return tuple(self._elements.get(set_sort, ()))

    def note(self, terms: Iterable[Term]) -> None:
        """Remember the elements that `terms` speak of."""
        for term in terms:
            if isinstance(term.data, Function) and term.data.name.startswith("member of "):
                self.add(term.args[0].sort, term.args[1:])
            elif term.op == "set":
                for element in elements(term):
                    self.add(term.sort, element)

    def nested(self) -> dict[Sort, tuple[Term, ...]]:
        """The sets that stand inside elements, by sort: to tell elements apart, these have to be told apart."""
        found: dict[Sort, dict[Term, None]] = {}
        for known in self._elements.values():
            for element in known:
                for leaf in element:
                    if leaf.sort.name.startswith("Set<"):
                        found.setdefault(leaf.sort, {})[leaf] = None
        return {sort: tuple(leaves) for sort, leaves in found.items()}


def is_set_atom(term: Term) -> bool:
    """Whether the meaning of `term` is told here."""
    return term.op in ATOMS or (term.op == "eq" and term.args[0].sort.name.startswith("Set<"))


def nesting_axioms(universe: Universe, frame: Frame) -> Iterator[Term]:
    """Sets inside sets: to the solver they are equal exactly if their elements are."""
    for one, two in (pair for leaves in universe.nested().values() for pair in combinations(leaves, 2)):
        raw, meant = frame.terms.equal(one, two), frame.sets.equal(one, two)
        if raw is meant:
            yield from atom_axioms(raw, universe, frame)
        else:
            yield frame.terms.equal(raw, meant)


def atom_axioms(atom: Term, universe: Universe, frame: Frame) -> Iterator[Term]:
    """What `atom` means for its witness and every known element."""
    terms = frame.terms
    if atom.op == "const":
        return
    set_sort = atom.args[-1].sort
    witness = _witness(atom, set_sort, frame)
    universe.add(set_sort, witness)
    if atom.op in {"overlap", "reaches"}:
        yield terms.implies(atom, _evidence(atom, witness, frame))
    else:
        yield terms.or_((atom, _evidence(atom, witness, frame)))
    if atom.op == "eq":
        return  # that equal sets have equal elements is congruence
    for element in universe.of(set_sort):
        evidence = _evidence(atom, element, frame)
        if atom.op in {"overlap", "reaches"}:
            yield terms.implies(evidence, atom)
        else:
            yield terms.not_(terms.and_((atom, evidence)))


def _evidence(atom: Term, element: Element, frame: Frame) -> Term:
    """That `element` decides the atom: proves an existential one, refutes a universal one."""
    terms, contains = frame.terms, frame.sets.contains
    first, last = atom.args[0], atom.args[-1]
    match atom.op:
        case "subset":
            return terms.and_((contains(first, element), terms.not_(contains(last, element))))
        case "overlap":
            return terms.and_((contains(first, element), contains(last, element)))
        case "empty":
            return contains(first, element)
        case "reaches":
            return terms.and_((contains(last, element), frame.symbols.ancestor(first, element[0])))
        case _:
            return terms.not_(terms.equal(contains(first, element), contains(last, element)))


def _witness(atom: Term, set_sort: Sort, frame: Frame) -> Element:
    type_ = frame.sorts.type_of(set_sort)
    if not isinstance(type_, SetType):
        message = f"{set_sort.name} is no sort of sets"
        raise TypeError(message)
    value = frame.symbols.value(type_.element, f"witness of {atom.id}")
    return tuple(frame.values.leaves(value, type_.element))
