"""Progressive rollout: a new or changed policy is observed before it decides.

    noop      not on the target yet; what stood there goes on
    log_only  on the target beside what stood there, deciding nothing
    active    in force, and what stood there goes

A changed policy in `log_only` is a *candidate*: an object of its own, named `<app>/rollout/<policy>`, while the policy itself stays
what it was. To the plan it is a policy like any other, so order, drift, marks and safety hold for it without a word. A policy that
leaves git leaves the target at once: absence cannot be observed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bylaw.backends.interface import DesiredObject, LiveObject, Status
from bylaw.backends.state.interface import Applied, AppliedObject
from bylaw.model.digests import SHORT, Digest
from bylaw.model.effects import Effect, Mode
from bylaw.model.errors import UsageError
from bylaw.model.identifiers import PolicyId, PolicyRef, is_policy_id
from bylaw.model.marks import Mark
from bylaw.reconcile.journal_facts import JournalFacts, Transit
from bylaw.repository.documents.rollout import STAGES, Rollout, Stage

CANDIDATES: Final = "rollout"
"""The first segment of a candidate's id."""

CountFlips = Callable[[LiveObject, datetime, datetime], int | None]
"""How many decisions an object in `log_only` would have turned from the first time on, at least to the second; none where nobody
knows."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where one policy is on its way."""

    ref: PolicyRef
    digest: Digest
    stage: Stage
    since: datetime
    flips: int | None
    """Observed so far, where the stage counts them."""
    waits_for: str
    """What keeps it there; empty where it came there in this very plan."""

    @property
    def transit(self) -> Transit:
        """What the journal remembers of it."""
        return Transit(self.digest[:SHORT], self.stage.mode, self.since)


@dataclass(frozen=True, slots=True)
class Staging:
    """What shall stand on the target now, and which policies are on their way."""

    desired: tuple[DesiredObject, ...]
    positions: tuple[Position, ...] = ()


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What is known of the target."""

    ours: Mapping[PolicyRef, tuple[LiveObject, ...]]
    applied: Applied | None
    journal: JournalFacts
    count_flips: CountFlips
    now: datetime


def candidate_of(ref: PolicyRef) -> PolicyRef:
    """The id under which a changed policy is observed."""
    return PolicyRef(ref.app, PolicyId(f"{CANDIDATES}/{ref.policy}"))


def is_candidate(ref: PolicyRef) -> bool:
    """Whether the id is one of those."""
    return ref.policy.startswith(f"{CANDIDATES}/")


def policy_of(ref: PolicyRef) -> PolicyRef:
    """The policy whose candidate it is, or itself."""
    return PolicyRef(ref.app, PolicyId(ref.policy.removeprefix(f"{CANDIDATES}/")))


def stage(desired: Iterable[DesiredObject], rollout: Rollout, surveyed: Surveyed) -> Staging:
    """Take every policy as far as it may go now: one stage at most.

    Raises:
        UsageError: an id leaves no room for its candidate.
    """
    rows = defaultdict(list)
    for row in surveyed.applied.objects if surveyed.applied else ():
        rows[row.ref].append(row)
    stager = _Stager(rollout, surveyed, rows)
    staged: list[DesiredObject] = []
    positions = []
    for item in desired:
        _demand_room(item.ref)
        position = stager.position(item)
        staged += stager.objects(item, position)
        if position is not None:
            positions.append(position)
    return Staging(tuple(sorted(staged, key=lambda item: item.ref)), tuple(positions))


def _demand_room(ref: PolicyRef) -> None:
    if is_candidate(ref) or not is_policy_id(candidate_of(ref).policy):
        message = f"`{ref}` cannot be rolled out in stages: `{CANDIDATES}/…` names what is being observed"
        raise UsageError(message, help="give the policy a shorter path, outside of that folder")


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the target holds of a policy by now, as far as it is ours."""

    digest: Digest
    effect: Effect
    mode: Mode
    text: str
    commit: str = ""


@dataclass(frozen=True, slots=True)
class _Stager:
    rollout: Rollout
    surveyed: Surveyed
    rows: Mapping[str, Sequence[AppliedObject]]

    def position(self, item: DesiredObject) -> Position | None:
        """Where a policy is; none where it has arrived."""
        if self._has_arrived(item):
            return None
        standing, transit = self._standing(item.ref), self.surveyed.journal.transits.get(str(item.ref))
        if transit is None or transit.digest != item.digest[:SHORT]:
            return self._entered(item, standing)
        path = self._path(item)
        current = next((s for s in path if STAGES.index(s.mode) >= STAGES.index(transit.stage)), None)
        if current is None:
            return None
        flips, waits_for = self._waits_for(item, current, transit)
        if waits_for:
            return Position(item.ref, item.digest, current, transit.since, flips, waits_for)
        following = path[path.index(current) + 1 :]
        return Position(item.ref, item.digest, following[0], self.surveyed.now, None, "") if following else None

    def objects(self, item: DesiredObject, position: Position | None) -> Iterator[DesiredObject]:
        """What stands for a policy in its stage."""
        standing = self._standing(item.ref)
        if position is None:
            yield item
        elif position.stage.mode == "noop":
            if standing is not None:
                yield _kept(item, standing)
        elif standing is None or standing.digest == item.digest:
            yield replace(item, mode=Mode.LOG_ONLY)
        else:
            yield _kept(item, standing)
            ref = candidate_of(item.ref)
            yield replace(item, ref=ref, mode=Mode.LOG_ONLY, mark=item.mark._replace(ref=ref))

    def _has_arrived(self, item: DesiredObject) -> bool:
        """Whether the policy is what git says: as recorded, or by an apply that was broken off after it had promoted it."""
        if any((row.digest, row.mode) == (item.digest, item.mode) for row in self.rows.get(str(item.ref), ())):
            return True
        live = self.surveyed.ours.get(item.ref, ())
        meant = (str(item.ref), item.digest[:SHORT]) in self.surveyed.journal.intended
        return meant and any((found.digest, found.mode) == (item.digest, item.mode) for found in live)

    def _path(self, item: DesiredObject) -> tuple[Stage, ...]:
        """The stages before a policy is what git says."""
        last = "log_only" if item.mode is Mode.LOG_ONLY else "active"
        return tuple(s for s in self.rollout.stages if STAGES.index(s.mode) < STAGES.index(last))

    def _entered(self, item: DesiredObject, standing: _Standing | None) -> Position | None:
        path = self._path(item)
        if standing is not None and standing.digest == item.digest:
            if item.mode is Mode.LOG_ONLY:
                return None
            path = tuple(s for s in path if s.mode == "log_only")  # it stands there in that mode already
        return Position(item.ref, item.digest, path[0], self.surveyed.now, None, "") if path else None

    def _waits_for(self, item: DesiredObject, current: Stage, transit: Transit) -> tuple[int | None, str]:
        ends = transit.since + current.dwell
        live = self._observed(item) if current.mode == "log_only" else None
        if current.mode == "log_only" and live is None:
            return None, "it is not in log_only on the target"
        dwells = self.surveyed.now < ends
        flips = None
        if live is not None and current.max_flips is not None:
            flips = self.surveyed.count_flips(live, transit.since, transit.since if dwells else ends)
        if dwells:
            return flips, f"dwells until {ends:%Y-%m-%d %H:%M} UTC"
        if current.max_flips is None:
            return None, ""
        if flips is None:
            return None, f"its decision flips up to {ends:%Y-%m-%d %H:%M} UTC are not known"
        return flips, f"{flips} decision flips, at most {current.max_flips}" if flips > current.max_flips else ""

    def _observed(self, item: DesiredObject) -> LiveObject | None:
        """The object whose decisions are compared."""
        ours = self.surveyed.ours
        found = (live for ref in (candidate_of(item.ref), item.ref) for live in ours.get(ref, ()))
        wanted = (item.digest, Mode.LOG_ONLY, Status.ACTIVE)
        return next((live for live in found if (live.digest, live.mode, live.status) == wanted), None)

    def _standing(self, ref: PolicyRef) -> _Standing | None:
        row = next((row for row in self.rows.get(str(ref), ()) if not row.pending_delete), None)
        if row is not None:
            return _Standing(Digest(row.digest), Effect(row.effect), Mode(row.mode), row.text, row.last_commit)
        for live in self.surveyed.ours.get(ref, ()):
            if live.status is Status.ACTIVE and live.effect is not None and live.digest is not None:
                return _Standing(live.digest, live.effect, live.mode, live.text)
        return None


def _kept(item: DesiredObject, standing: _Standing) -> DesiredObject:
    """What stood there goes on."""
    mark = Mark.of(item.mark.owner, item.mark.target, item.ref, standing.digest)
    return replace(
        item,
        effect=standing.effect,
        mode=standing.mode,
        text=standing.text,
        digest=standing.digest,
        mark=mark,
        commit=standing.commit,
    )
