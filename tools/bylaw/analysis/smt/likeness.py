"""`like` as terms: an unknown string and a pattern are an atom, made exact by `bylaw.analysis.smt.refinement`."""

from bylaw.analysis.patterns import Pattern
from bylaw.analysis.smt.globs import matches
from bylaw.analysis.smt.sorts import BOOL
from bylaw.analysis.smt.terms import Term, Terms


def like(terms: Terms, text: Term, pattern: Pattern) -> Term:
    """Whether `text` matches `pattern`."""
    if text.op == "const" and isinstance(text.data, str):
        return terms.boolean(matches(pattern, text.data))
    if text.op == "ite":
        condition, then, otherwise = text.args
        return terms.ite(condition, like(terms, then, pattern), like(terms, otherwise, pattern))
    literal = "".join(part for part in pattern if part is not None)
    if None not in pattern:
        return terms.equal(text, terms.constant(literal, text.sort))
    if not literal:
        return terms.true
    return terms.operation("like", (text,), BOOL, pattern)
