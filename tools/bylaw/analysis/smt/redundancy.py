"""Policies that could be removed: in every environment where they can be satisfied, others of their effect cover them.

Two policies that cover each other cannot both be removed, so those found redundant are left out of what covers the next. Which go
first decides what is reported: those with the simplest explanation, and of two equal policies the one with the later id.
"""

from collections.abc import Mapping, Sequence

from bylaw.analysis.proven import Covered
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.singly import Place
from bylaw.analysis.smt.subjects import Subject
from bylaw.analysis.smt.together import NotSettledError, Together
from bylaw.languages.cedar.schema import Environment, Schema
from bylaw.model.identifiers import PolicyRef

MAX_KEPT = 16
"""Sets kept at a time: each holds a solver with all its policies."""


class Sets:
    """The policies that can be satisfied, by environment. A few sets are kept; the others are made again when they are needed."""

    def __init__(self, live: Mapping[Environment, Sequence[Subject]], schema: Schema, options: Options) -> None:
        self._live = live
        self._schema = schema
        self._options = options
        self._kept: dict[Environment, Together] = {}

    def of(self, environment: Environment) -> Together:
        """The set of one environment."""
        found = self._kept.get(environment)
        if found is None:
            if len(self._kept) >= MAX_KEPT:
                del self._kept[next(iter(self._kept))]
            place = Place(environment, self._schema, self._options)
            found = self._kept[environment] = Together(self._live.get(environment, ()), place)
        return found


class Redundancy:
    """Finds what is redundant among policies that are settled everywhere, given where each can be satisfied."""

    def __init__(self, live: Mapping[PolicyRef, Sequence[Environment]]) -> None:
        self._live = live
        self._covers: dict[PolicyRef, dict[Environment, tuple[PolicyRef, ...]]] = {ref: {} for ref in live}
        self.unknown: dict[PolicyRef, str] = {}

    def look(self, environment: Environment, policies: Together) -> None:
        """Ask in one environment about the policies that were covered in all before."""
        for ref in [ref for ref in self._covers if environment in self._live[ref]]:
            cover = self._cover(ref, policies, frozenset())
            if cover is None:
                del self._covers[ref]
            else:
                self._covers[ref][environment] = cover

    def result(self, sets: Sets) -> dict[PolicyRef, tuple[Covered, ...]]:
        """What is redundant, once every environment was looked at."""
        removed: dict[PolicyRef, tuple[Covered, ...]] = {}
        candidates = sorted((ref for ref, covers in self._covers.items() if covers), reverse=True)
        for ref in sorted(candidates, key=lambda ref: max(map(len, self._covers[ref].values()))):
            found = self._still(ref, sets, removed)
            if found is not None:
                removed[ref] = found
        return removed

    def _still(self, ref: PolicyRef, sets: Sets, removed: Mapping[PolicyRef, object]) -> tuple[Covered, ...] | None:
        found = []
        for environment, known in self._covers[ref].items():
            cover: tuple[PolicyRef, ...] | None = known
            if not removed.keys().isdisjoint(known):
                cover = self._cover(ref, sets.of(environment), frozenset(removed))
            if cover is None:
                return None
            found.append(Covered(environment, cover))
        return tuple(found)

    def _cover(self, ref: PolicyRef, policies: Together, without: frozenset[PolicyRef]) -> tuple[PolicyRef, ...] | None:
        try:
            return policies.covered(ref, without)
        except NotSettledError as error:
            self.unknown.setdefault(ref, str(error))
            return None
