"""Which cases run: globs over suite, test, principal, action and policy, and a filter over whole names."""

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from bylaw.model.decisions import Answer
from bylaw.testing.case import BaseCase, Case, Suite

Globs = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Every dimension must match; within one, any of its globs. A dimension without globs takes everything."""

    names: Globs = ()
    """Over `suite > test [coordinates]`; a pattern without wildcards matches anywhere in it."""
    suites: Globs = ()
    tests: Globs = ()
    principals: Globs = ()
    """Over fixture names."""
    actions: Globs = ()
    """Over action ids and literals."""
    policies: Globs = ()
    """Over ids of policies that a case expects to decide or error, or that do."""

    def takes(self, case: BaseCase) -> bool:
        """Whether `case` is to run, as far as that shows before it ran."""
        return (
            _match(self.suites, (case.suite,))
            and _match(self.tests, (case.test, case.label))
            and _match(tuple(map(_anywhere, self.names)), (case.name,))
            and self._takes_request(case)
        )

    def _takes_request(self, case: BaseCase) -> bool:
        if not isinstance(case, Case):
            return not (self.principals or self.actions)
        return _match(self.principals, (case.names.principal, str(case.request.principal))) and _match(
            self.actions, (case.names.action, case.request.action.id, str(case.request.action))
        )

    def keeps(self, case: BaseCase, answer: Answer | None) -> bool:
        """Whether the result of `case` belongs into the report: one that no selected policy has to do with does not."""
        if not self.policies:
            return True
        expected = case.expected
        errors = expected.errors if isinstance(expected.errors, tuple) else ()
        concerned = {*expected.by, *(expected.exactly or ()), *errors}
        if answer is not None:
            concerned |= {*answer.determining, *(error.policy for error in answer.errors)}
        return _match(self.policies, concerned)


EVERYTHING = Selection()


def affected(suites: Iterable[Suite], changed: Iterable[str]) -> tuple[Suite, ...]:
    """The suites that a change to the files `changed` touches themselves. What the app is made of is the caller's to know."""
    paths = frozenset(changed)
    return tuple(suite for suite in suites if not paths.isdisjoint(suite.files))


def _match(globs: Globs, names: Iterable[str]) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs for name in names)


def _anywhere(pattern: str) -> str:
    # `[` opens a class in a glob, and coordinates stand in brackets: a plain text is looked for as it is.
    if any(wild in pattern for wild in "*?"):
        return pattern.replace("[", "[[]")
    return f"*{pattern.replace('[', '[[]')}*"
