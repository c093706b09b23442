"""Room for old and new side by side: the most objects that an engine holds while a plan is carried out."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from bylaw.backends.interface import Observed
from bylaw.reconcile.changes import Change, ChangeKind, Phase


@dataclass(frozen=True, slots=True)
class Overfull:
    """An engine that the plan does not fit into, in whatever order."""

    engine: str
    peak: int
    limit: int


@dataclass(frozen=True, slots=True)
class Headroom:
    """Which engines are short of room."""

    revoke_first: frozenset[str] = frozenset()
    """Engines that have room only if old permits go before new ones come."""
    overfull: tuple[Overfull, ...] = ()


def headroom(
    observed: Observed, changes: Iterable[Change], max_policies: int | None, *, transactional: bool
) -> Headroom:
    """Compare the peak of each engine with its limit, foreign objects included."""
    if max_policies is None:
        return Headroom()
    held = Counter(live.engine for live in observed.objects)
    deltas: dict[str, Counter[Phase]] = defaultdict(Counter)
    for change in changes:
        deltas[change.engine][change.phase] += _delta(change.kind)
    revoke_first, overfull = set(), []
    for engine, delta in sorted(deltas.items()):
        safe, revoking = _peaks(held[engine], delta, transactional=transactional)
        if safe <= max_policies or max(delta.values()) <= 0:
            continue
        if revoking <= max_policies:
            revoke_first.add(engine)
        else:
            overfull.append(Overfull(engine, revoking, max_policies))
    return Headroom(frozenset(revoke_first), tuple(overfull))


def _delta(kind: ChangeKind) -> int:
    return {ChangeKind.CREATE: 1, ChangeKind.DELETE: -1}.get(kind, 0)


def _peaks(held: int, delta: Counter[Phase], *, transactional: bool) -> tuple[int, int]:
    """In the safe order, and with permits revoked first."""
    if transactional:
        end = held + sum(delta.values())
        return end, end
    forbids = held + delta[Phase.CLEAN_UP] + delta[Phase.ADD_FORBIDS]
    permits = delta[Phase.ADD_PERMITS]
    return forbids + max(permits, 0), max(forbids, forbids + delta[Phase.REMOVE_PERMITS] + permits)
