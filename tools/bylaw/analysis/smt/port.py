"""What a solver is: terms in, sat, unsat or unknown out, and after sat the values of terms."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol, TypeAlias

from bylaw.analysis.smt.terms import Term

Constant: TypeAlias = bool | int | str
"""The value of a term in a model: of an opaque sort, a name that equal values share."""


class Satisfiability(StrEnum):
    """The answer to a query."""

    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


class Check(NamedTuple):
    """An answer; where it is unknown, why."""

    answer: Satisfiability
    reason: str = ""


class Limits(NamedTuple):
    """What one query may cost. Steps are counted by the solver and end at the same point on every machine; time is a backstop."""

    steps: int = 40_000_000
    milliseconds: int = 20_000


DEFAULT_LIMITS = Limits()


class Solver(Protocol):
    """One incremental solver. Not to be shared between threads."""

    name: str

    def require(self, terms: Iterable[Term]) -> None:
        """Add what has to hold from now on."""

    def check(self, assumptions: Sequence[Term], limits: Limits) -> Check:
        """Whether all that is required can hold together with `assumptions`."""

    def values(self, terms: Sequence[Term]) -> list[Constant]:
        """The values of terms in the model of the last check, which was sat."""

    def core(self) -> frozenset[Term]:
        """Assumptions of the last check, which was unsat, that cannot hold together."""
