"""A case: one request with what is expected of it. Suites expand to cases; everything after that knows only cases."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bylaw.evaluation.interface import EntityData, Request
from bylaw.model.decisions import Decision
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.model.spans import Span


class Skipped(NamedTuple):
    """Why a case does not run, and the last day on which that counts."""

    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Expected:
    """What a case asserts."""

    decision: Decision
    span: Span
    """Where it is written; for a cell that no expectation names, the matrix."""
    by: tuple[PolicyId, ...] = ()
    """Policies among the determining ones, sorted."""
    exactly: tuple[PolicyId, ...] | None = None
    """All determining policies, sorted."""
    reasons: tuple[str, ...] = ()
    errors: tuple[PolicyId, ...] | int = ()
    """Policies that error, sorted; or how many."""
    listed: bool = True
    """False for a cell that must be denied because no expectation names it."""


class Names(NamedTuple):
    """How the suite calls the parts of the request; what filters look at."""

    principal: str
    action: str
    resource: str
    context: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseCase:
    """A case of any language: its place, and what it expects."""

    app: AppId
    suite: str
    test: str
    coordinates: tuple[str, ...]
    """What tells it from the other cases of its test."""
    expected: Expected
    span: Span
    """The test."""
    skip: Skipped | None = None

    @property
    def label(self) -> str:
        """Test and coordinates."""
        return f"{self.test} [{', '.join(self.coordinates)}]" if self.coordinates else self.test

    @property
    def name(self) -> str:
        """Unique in the app and stable under changes elsewhere in the suite."""
        return f"{self.suite} > {self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(BaseCase):
    """One request to a Cedar app."""

    names: Names
    request: Request
    entities: tuple[EntityData, ...]
    """Every entity beside the stable ones of the app. Cases of one suite share one object where they can."""


@dataclass(frozen=True, slots=True)
class Suite:
    """One expanded suite file."""

    app: AppId
    name: str
    path: str
    files: tuple[str, ...]
    """The suite and the fixture files it uses: a change to one of them changes the suite."""
    cases: tuple[Case, ...]
