"""Which verdicts fail a run, and which of them somebody has accepted.

An acceptance names one policy in one change of one app: it is bound to the digests of everything that decides in the app before
and after, so it holds for no other change.
"""

from collections.abc import Iterable

from bylaw.diff.semantic import AppVerdict, SemanticDiff
from bylaw.model.identifiers import PolicyId
from bylaw.model.verdicts import Verdict
from bylaw.repository.documents.acceptances import AcceptancesDocument

LEVELS = ("widens", "changes", "unknown")
"""What can fail a run: something newly allowed, anything decided otherwise, anything not settled. The first two include the last,
because what could not be settled may widen."""


class Gate:
    """Which verdicts fail a run, after what is accepted was taken out."""

    def __init__(self, levels: Iterable[str], accepted: AcceptancesDocument | None) -> None:
        self._levels = frozenset(levels)
        self._accepted = {
            (item.app, item.policy, item.change, item.before, item.after)
            for item in (accepted.accepted if accepted else ())
        }

    def fails(self, found: SemanticDiff) -> bool:
        """Whether some change that is not accepted is of a level that fails."""
        return any(self._fails(app) for app in found.apps)

    def _fails(self, app: AppVerdict) -> bool:
        unknown = app.verdict is Verdict.UNKNOWN
        if unknown and self._levels & {"unknown", "widens", "changes"}:
            return True
        widening = "widens" in self._levels or "changes" in self._levels
        return (widening and bool(self.open(app, "widens"))) or (
            "changes" in self._levels and bool(self.open(app, "narrows"))
        )

    def open(self, app: AppVerdict, change: str) -> tuple[PolicyId, ...]:
        """The policies that cause a change of this kind and are not accepted in it, sorted."""
        causes = app.widened_by if change == "widens" else app.narrowed_by
        return tuple(sorted(p for p in causes if (app.app, p, change, app.before, app.after) not in self._accepted))
