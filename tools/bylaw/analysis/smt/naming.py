"""Names for entities that a counterexample needs and no policy names: familiar ones first, else `agent-1`."""

from collections.abc import Iterable, Mapping, Sequence

from bylaw.model.identifiers import EntityUid


class Names:
    """Gives each new entity an id that no other has."""

    def __init__(self, taken: Iterable[EntityUid], familiar: Mapping[str, Sequence[str]]) -> None:
        self._taken = set(taken)
        self._familiar = familiar

    def fresh(self, type_name: str) -> EntityUid:
        """An entity of a type, unlike all before."""
        stem = type_name.rpartition("::")[2].lower()
        candidates = [*self._familiar.get(type_name, ()), *(f"{stem}-{n}" for n in range(1, len(self._taken) + 2))]
        uid = next(uid for id_ in candidates if (uid := EntityUid(type_name, id_)) not in self._taken)
        self._taken.add(uid)
        return uid
