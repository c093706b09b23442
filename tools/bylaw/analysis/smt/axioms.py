"""Everything that is true of all requests and entity stores and that a query depends on, in terms."""

from collections.abc import Iterable, Iterator

from bylaw.analysis.smt.addresses import Addresses
from bylaw.analysis.smt.frame import Frame
from bylaw.analysis.smt.hierarchy import hierarchy_axioms, memberships
from bylaw.analysis.smt.membership import Universe, atom_axioms, is_set_atom, nesting_axioms
from bylaw.analysis.smt.sorts import ADDRESS, Kind
from bylaw.analysis.smt.terms import Term, reachable


class Axioms:
    """The axioms of a query that may grow."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.universe = Universe()
        self._terms: dict[Term, None] = {}
        self._given: set[Term] = {frame.terms.true}
        self._addresses = Addresses(frame.terms)

    @property
    def terms(self) -> Iterable[Term]:
        """Every term of the query and its axioms."""
        return self._terms.keys()

    def extend(self, roots: Iterable[Term]) -> list[Term]:
        """What has to be required beside `roots`, as far as it was not told before."""
        found: list[Term] = []
        todo = list(roots)
        while todo:
            fresh = [term for term in reachable(todo) if term not in self._terms]
            self._terms.update(dict.fromkeys(fresh))
            self.universe.note(fresh)
            todo = [axiom for axiom in self._axioms(fresh) if axiom not in self._given]
            self._given.update(todo)
            found += dict.fromkeys(todo)
        return found

    def _axioms(self, fresh: list[Term]) -> Iterator[Term]:
        if not fresh:
            return
        for term in fresh:
            yield from self._domain(term)
        yield from hierarchy_axioms(memberships(self._terms, self.frame), self.frame)
        for term in [term for term in self._terms if is_set_atom(term)]:
            yield from atom_axioms(term, self.universe, self.frame)
        yield from nesting_axioms(self.universe, self.frame)

    def _domain(self, term: Term) -> Iterator[Term]:
        """What holds of an unknown by its sort alone."""
        if term.op != "app":
            return
        terms, sort = self.frame.terms, term.sort
        if sort.kind is Kind.CHOICE and sort.size != 1 << max(1, (sort.size - 1).bit_length()):
            yield terms.not_(terms.operation("below", (terms.constant(sort.size - 1, sort), term), terms.true.sort))
        ip = self.frame.symbols.addresses.get(term)
        if ip is not None and sort == ADDRESS:
            yield self._addresses.well_formed(ip)
