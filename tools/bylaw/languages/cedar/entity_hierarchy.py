"""Who is in whom among the entities of a document: cycles, and how much the engine would have to close.

The engine closes the hierarchy, and its work grows with the number of memberships, those of groups of groups included: a
chain of ten thousand entities would keep it busy for minutes.
"""

from collections.abc import Mapping
from typing import NamedTuple

from bylaw.model.identifiers import EntityUid

MAX_MEMBERSHIPS = 1_000_000

Parents = Mapping[EntityUid, frozenset[EntityUid]]


class Knot(NamedTuple):
    """An entity at which a hierarchy cannot be used."""

    uid: EntityUid
    in_itself: bool
    """Otherwise its memberships are the ones too many."""


def knot(parents: Parents) -> Knot | None:
    """What is wrong with a hierarchy."""
    bits = {uid: 1 << index for index, uid in enumerate(parents)}
    # Sorted, so that every run names the same entity.
    above_each = {uid: sorted(above for above in parents[uid] if above in bits) for uid in parents}
    closed: dict[EntityUid, int] = {}
    total = 0
    for start in parents:
        open_: set[EntityUid] = set()
        todo = [start]
        while todo:
            uid = todo[-1]
            waiting = [above for above in above_each[uid] if above not in closed]
            if uid in closed or not waiting:
                todo.pop()
                open_.discard(uid)
                if uid not in closed:
                    closed[uid] = _union(parents[uid], bits, closed)
                    total += closed[uid].bit_count()
                    if total > MAX_MEMBERSHIPS:
                        return Knot(uid, in_itself=False)
                continue
            open_.add(uid)
            if any(above in open_ for above in waiting):
                return Knot(next(above for above in waiting if above in open_), in_itself=True)
            todo.extend(waiting)
    return None


def _union(parents: frozenset[EntityUid], bits: Mapping[EntityUid, int], closed: Mapping[EntityUid, int]) -> int:
    found = 0
    for above in parents:
        found |= bits.get(above, 0) | closed.get(above, 0)
    return found
