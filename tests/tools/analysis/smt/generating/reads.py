"""What a policy can read in some request environments: paths from the variables, with the guards that strict validation wants."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import (
    EntityType,
    Environment,
    ExtensionType,
    RecordType,
    SetType,
    Type,
)
from tools.analysis.smt.generating.pools import FUNCTIONS
from tools.analysis.smt.generating.schemas import World, is_bare

_STEPS = 3
_MOST = 400


class Guard(NamedTuple):
    """A condition that has to hold before a read."""

    base: str
    name: str | None
    """The attribute; none where the guard is on a tag."""
    text: str


class Read(NamedTuple):
    """An expression that reads the request."""

    text: str
    type: Type
    guards: tuple[Guard, ...]
    """The outermost base first."""


class Scene(NamedTuple):
    """Where an expression will stand."""

    world: World
    environments: tuple[Environment, ...]
    """Those in which it is evaluated, as far as the types tell; never empty."""
    known: frozenset[str]
    """The guards that hold there, as text."""

    @property
    def reads(self) -> Mapping[Type, tuple[Read, ...]]:
        """Everything that every environment can read, by type."""
        return _shared_reads(self.world, self.environments)


def member(base: str, name: str) -> str:
    """The text of an attribute access."""
    return f"{base}.{name}" if is_bare(name) else f"{base}[{quote(name)}]"


def presence(base: str, name: str) -> Guard:
    """The guard of an optional attribute."""
    return Guard(base, name, f"{base} has {name if is_bare(name) else quote(name)}")


def attributes_of(world: World, type_: Type) -> RecordType | None:
    """What has attributes, and which."""
    if isinstance(type_, EntityType) and type_.entity in world.schema.entities:
        return world.schema.entities[type_.entity].attributes
    return type_ if isinstance(type_, RecordType) else None


def tags_of(world: World, type_: Type) -> Type | None:
    """The type of an entity's tags."""
    declared = world.schema.entities.get(type_.entity) if isinstance(type_, EntityType) else None
    return declared.tags if declared else None


def can_be_built(scene: Scene, type_: Type) -> bool:
    """Whether there are literals of `type_`, or the parts of one: strictly, a record literal has no optional fields."""
    if isinstance(type_, SetType):
        return can_be_had(scene, type_.element)
    if isinstance(type_, RecordType):
        return all(attribute.required and can_be_had(scene, attribute.type) for attribute in type_.attributes)
    return not isinstance(type_, ExtensionType) or type_ in FUNCTIONS or scene.world.entity_name(type_) is not None


def can_be_had(scene: Scene, type_: Type) -> bool:
    """Whether an expression of `type_` can be made."""
    return type_ in scene.reads or can_be_built(scene, type_)


@lru_cache(maxsize=512)
def _shared_reads(world: World, environments: tuple[Environment, ...]) -> Mapping[Type, tuple[Read, ...]]:
    first, *others = (_reads(world, environment) for environment in environments)
    shared = [read for text, read in first.items() if all(other.get(text) == read for other in others)]
    found: dict[Type, list[Read]] = {}
    for read in shared:
        found.setdefault(read.type, []).append(read)
    return {type_: tuple(reads) for type_, reads in found.items()}


@lru_cache(maxsize=512)
def _reads(world: World, environment: Environment) -> Mapping[str, Read]:
    todo = list(_roots(world, environment))
    found = {read.text: read for read in todo}
    for _ in range(_STEPS):
        todo = [further for read in todo for further in _members(world, read)]
        found |= {read.text: read for read in todo[:_MOST]}
    return found


def _roots(world: World, environment: Environment) -> Iterator[Read]:
    yield Read("principal", EntityType(environment.principal), ())
    yield Read("resource", EntityType(environment.resource), ())
    yield Read("action", _action_type(world, environment.action.type), ())
    yield Read("context", world.schema.actions[environment.action].context, ())


@lru_cache(maxsize=512)
def _action_type(world: World, name: str) -> Type:
    """The type of `action` as attributes have it, so that both can meet."""
    todo: list[Type] = [declared.attributes for declared in world.schema.entities.values()]
    todo += [declared.tags for declared in world.schema.entities.values() if declared.tags]
    todo += [declared.context for declared in world.schema.actions.values()]
    while todo:
        type_ = todo.pop()
        if isinstance(type_, SetType):
            todo.append(type_.element)
        elif isinstance(type_, RecordType):
            todo += [attribute.type for attribute in type_.attributes]
        elif world.entity_name(type_) == name:
            return type_
    return EntityType(name)


def _members(world: World, read: Read) -> Iterator[Read]:
    attributes = attributes_of(world, read.type)
    for attribute in attributes.attributes if attributes else ():
        own = () if attribute.required else (presence(read.text, attribute.name),)
        yield Read(member(read.text, attribute.name), attribute.type, (*read.guards, *own))
