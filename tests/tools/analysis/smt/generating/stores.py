"""Random requests and entity stores of a world's schema, biased to the literals of some policies and to the values beside them."""

from collections.abc import Iterator, Sequence
from random import Random

from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.languages.cedar.schema import (
    EntityDeclaration,
    Environment,
    RecordType,
    SetType,
    Type,
)
from bylaw.languages.cedar.typer import environments_of
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.generating.literals import Material, material, parsed
from tools.analysis.smt.generating.pools import STRING, value_json
from tools.analysis.smt.generating.schemas import World

_MOST_ELEMENTS = 3


def random_request(
    rng: Random, world: World, policies: Sequence[str], *, missing: bool = False
) -> tuple[Request, tuple[EntityData, ...]]:
    """One request and the entities beside it, of the schema.

    The store holds every entity of every type that an expression could name: those of the world's ids, and every literal of
    `policies`. With `missing` some of them are left out.
    """
    (request,), entities = random_requests(rng, world, policies, 1, missing=missing)
    return request, entities


def random_requests(
    rng: Random, world: World, policies: Sequence[str], count: int, *, missing: bool = False
) -> tuple[tuple[Request, ...], tuple[EntityData, ...]]:
    """Requests that share one store, which is much the cheaper way to many of them."""
    filler = _Filler(rng, material(world, tuple(policies)), world)
    entities = tuple(_entities(rng, world, filler))
    aims = _aims(world, policies)
    requests = tuple(filler.request(rng.choice(rng.choice(aims))) for _ in range(count))
    if missing:
        odds = rng.choice((0.1, 0.3, 0.6))
        entities = tuple(entity for entity in entities if rng.random() >= odds)
    return requests, entities


def _aims(world: World, policies: Sequence[str]) -> list[Sequence[Environment]]:
    """Where requests are of interest: where a policy applies, and now and then anywhere."""
    live = (environments_of(parsed(text), world.schema) for text in policies[:8])
    return [*(environments for environments in live if environments), world.schema.environments]


def _entities(rng: Random, world: World, filler: "_Filler") -> Iterator[EntityData]:
    uids = [uid for name in world.schema.entities for uid in filler.uids(name)]
    rng.shuffle(uids)
    odds = rng.choice((0.0, 0.25, 0.5, 0.9))
    for position, uid in enumerate(uids):
        declared = world.schema.entities[uid.type]
        # Only what comes later in a random order can be above: no cycles.
        parents = (other for other in uids[position + 1 :] if other.type in declared.member_of)
        yield filler.entity(uid, declared, tuple(parent for parent in parents if rng.random() < odds))


class _Filler:
    """Fills in the values of one store and its requests."""

    def __init__(self, rng: Random, found: Material, world: World) -> None:
        self._rng = rng
        self._found = found
        self._world = world
        self._present = rng.choice((0.2, 0.5, 0.5, 0.8, 1.0))
        self._repeat = rng.choice((0.0, 0.2, 0.5))
        self._used: dict[Type, list[Json]] = {}

    def uids(self, name: str) -> list[EntityUid]:
        """Every entity of one type."""
        return [EntityUid(name, id_) for id_ in self._found.ids[name]]

    def request(self, environment: Environment) -> Request:
        """A request of one environment."""
        context = self._fields(self._world.schema.actions[environment.action].context)
        principal = self._rng.choice(self.uids(environment.principal))
        resource = self._rng.choice(self.uids(environment.resource))
        return Request(principal, environment.action, resource, context)

    def entity(self, uid: EntityUid, declared: EntityDeclaration, parents: tuple[EntityUid, ...]) -> EntityData:
        """An entity with random attributes and tags."""
        tags: dict[str, Json] = {}
        if declared.tags is not None:
            for _ in range(self._rng.choice((0, 1, 2, 3))):
                tags[self._key()] = self._value(declared.tags)
        return EntityData(uid, self._fields(declared.attributes), tags, parents)

    def _key(self) -> str:
        pool = self._world.pools.values[STRING]
        return str(self._rng.choice(pool[:2] if self._rng.random() < 0.6 else self._found.values[STRING]))

    def _fields(self, type_: RecordType) -> dict[str, Json]:
        present = (a for a in type_.attributes if a.required or self._rng.random() < self._present)
        return {attribute.name: self._value(attribute.type) for attribute in present}

    def _value(self, type_: Type) -> Json:
        """A value, now and then one that another place has already: sets and records seldom meet by chance."""
        used = self._used.setdefault(type_, [])
        if used and self._rng.random() < self._repeat:
            return self._rng.choice(used)
        value = self._fresh(type_)
        used.append(value)
        return value

    def _fresh(self, type_: Type) -> Json:
        if isinstance(type_, RecordType):
            return self._fields(type_)
        if isinstance(type_, SetType):
            return [self._value(type_.element) for _ in range(self._rng.randint(0, _MOST_ELEMENTS))]
        name = self._world.entity_name(type_)
        if name is not None:
            return {"__entity": {"type": name, "id": self._rng.choice(self._found.ids[name])}}
        return value_json(type_, self._rng.choice(self._found.values[type_]))
