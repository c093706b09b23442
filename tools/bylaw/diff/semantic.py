"""What a change means, in any language: app by app, whether it newly allows or no longer allows anything."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.model.digests import Digest
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.model.verdicts import Verdict, combined


class Parts(NamedTuple):
    """What an app was compared by: request environments, agents."""

    unit: str
    """In the singular."""
    all: int
    widening: int
    """Those in which something is newly allowed, or that could not be ruled out."""
    shown: int
    """Those with an example of it."""


@dataclass(frozen=True, slots=True)
class AppVerdict:
    """What a change means for one app. This one says why nothing can be told; each language has its own."""

    app: AppId
    before: Digest
    after: Digest
    """Of everything that decides: policies, links, schema. An acceptance is bound to the pair."""
    reason: str = ""
    """Why nothing can be said of the app; empty where something can."""

    @property
    def parts(self) -> Parts:
        """What it was compared by."""
        return Parts("", 0, 0, 0)

    @property
    def verdict(self) -> Verdict:
        """Of all parts together."""
        return Verdict.UNKNOWN

    @property
    def widens(self) -> bool:
        """Whether some request is newly allowed, or that could not be ruled out."""
        return bool(self.reason) or self.parts.widening > 0

    @property
    def widened_by(self) -> frozenset[PolicyId]:
        """Policies by which something is newly allowed."""
        return frozenset()

    @property
    def narrowed_by(self) -> frozenset[PolicyId]:
        """Policies by which something is no longer allowed."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class SemanticDiff:
    """What a change means for every app that it touches."""

    apps: tuple[AppVerdict, ...]

    @property
    def verdict(self) -> Verdict:
        """Of all apps together."""
        return combined(app.verdict for app in self.apps)

    @property
    def widens(self) -> bool:
        """Whether some request is newly allowed, or that could not be ruled out."""
        return any(app.widens for app in self.apps)

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many parts of each kind were compared."""
        found: Counter[str] = Counter()
        for app in self.apps:
            if not app.reason:
                found[app.parts.unit] += app.parts.all
        return found
