"""Random expressions of a wanted type, strictly valid once the guards they need hold."""

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple, Protocol

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import RecordType, SetType, Type
from tools.analysis.smt.generating.pools import BOOL, DATETIME, DECIMAL, DURATION, IP, LEAST, LONG, STRING, literal_text
from tools.analysis.smt.generating.reads import (
    Guard,
    Read,
    Scene,
    attributes_of,
    can_be_built,
    can_be_had,
    member,
    presence,
    tags_of,
)
from tools.analysis.smt.generating.schemas import World, is_bare

_TO_LONG = ("toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays")


class Condition(NamedTuple):
    """A Boolean expression, and what holds where it is true."""

    text: str
    scene: Scene


class Conditions(Protocol):
    """Makes conditions; they guard their own reads."""

    def condition(self, scene: Scene, depth: int) -> Condition:
        """A random condition."""


def entity_literal(rng: Random, world: World, name: str) -> str:
    """A literal of one entity type or action type."""
    return f"{name}::{quote(rng.choice(world.ids(name)))}"


def literal(rng: Random, world: World, type_: Type) -> str:
    """A literal of a simple type."""
    name = world.entity_name(type_)
    return entity_literal(rng, world, name) if name else literal_text(type_, rng.choice(world.pools.values[type_]))


class Operands:
    """Makes expressions in one place of a policy, and keeps the guards that they need there."""

    def __init__(self, rng: Random, conditions: Conditions, known: frozenset[str]) -> None:
        self.guards: list[Guard] = []
        self._known = known
        self._rng = rng
        self._conditions = conditions

    def value(self, type_: Type, scene: Scene, depth: int = 0) -> str:
        """An expression of `type_`, in parentheses if need be; `can_be_had` must hold of the type."""
        reads = scene.reads.get(type_, ())
        ways: list[Callable[[], str]] = [lambda: self.read(type_, scene)] * (5 if reads else 0)
        if can_be_built(scene, type_):
            ways += [lambda: self._built(type_, scene, depth)] * (3 if reads else 2)
        owners = [owner for owner in scene.reads if tags_of(scene.world, owner) == type_]
        ways += [lambda: self._tag(self._rng.choice(owners), scene)] * (2 if owners else 0)
        if depth > 0:
            ways += [lambda: self._chosen(type_, scene, depth), lambda: self._taken(type_, scene, depth)]
            ways += [lambda: self.computed(type_, scene, depth - 1)] * 3
        return self._rng.choice(ways)()

    def read(self, type_: Type, scene: Scene) -> str:
        """One of the paths that the scene can read."""
        read = self._rng.choice(scene.reads[type_])
        self.need(read.guards, scene)
        return read.text

    def need(self, guards: Sequence[Guard], scene: Scene) -> None:
        """Ask for guards, the outermost base first, unless all hold already.

        What holds in an arm of the expression does not where the guards will stand, so all that do not hold there are asked for.
        """
        if any(guard.text not in scene.known for guard in guards):
            self.guards += (guard for guard in guards if guard.text not in self._known and guard not in self.guards)

    def key(self, scene: Scene) -> Read:
        """The key of a tag, mostly one of few literals; its guards are not yet asked for."""
        if self._rng.random() < 0.4 and STRING in scene.reads:
            return self._rng.choice(scene.reads[STRING])
        return Read(quote(str(self._rng.choice(scene.world.pools.values[STRING][:2]))), STRING, ())

    def _tag(self, owner: Type, scene: Scene) -> str:
        read, key = self._rng.choice(scene.reads[owner]), self.key(scene)
        guard = Guard(read.text, None, f"{read.text}.hasTag({key.text})")
        self.need((*read.guards, *key.guards, guard), scene)
        return f"{read.text}.getTag({key.text})"

    def _built(self, type_: Type, scene: Scene, depth: int) -> str:
        if isinstance(type_, SetType):
            count = self._rng.choice((1, 1, 2, 2, 3))
            return f"[{', '.join(self.value(type_.element, scene, depth - 1) for _ in range(count))}]"
        if isinstance(type_, RecordType):
            return self._record([(a.name, a.type) for a in type_.attributes], scene, depth)
        return literal(self._rng, scene.world, type_)

    def _record(self, fields: Sequence[tuple[str, Type]], scene: Scene, depth: int) -> str:
        texts = (f"{n if is_bare(n) else quote(n)}: {self.value(t, scene, depth - 1)}" for n, t in fields)
        return f"{{{', '.join(texts)}}}"

    def _chosen(self, type_: Type, scene: Scene, depth: int) -> str:
        text, then = self._conditions.condition(scene, depth - 1)
        # Its own guards must hold in every environment, so only knowledge flows in.
        first = self.value(type_, scene._replace(known=then.known), depth - 1)
        return f"(if {text} then {first} else {self.value(type_, scene, depth - 1)})"

    def _taken(self, type_: Type, scene: Scene, depth: int) -> str:
        """An attribute of what is not a path: a literal, an `if`, a tag."""
        holders = [
            (owner, attribute)
            for owner in scene.reads
            if can_be_built(scene, owner) and (known := attributes_of(scene.world, owner))
            for attribute in known.attributes
            if attribute.type == type_
        ]
        if not holders or self._rng.random() < 0.3:
            others = self._rng.sample([t for t in scene.reads if can_be_had(scene, t)], 1)
            return member(self._record([("a", type_), ("b", others[0])], scene, depth), "a")
        owner, attribute = self._rng.choice(holders)
        base = self._built(owner, scene, depth - 1)
        if not attribute.required:
            self.need((presence(base, attribute.name),), scene)
        return member(base, attribute.name)

    def computed(self, type_: Type, scene: Scene, depth: int) -> str:
        """The result of an operator or method, where the type has one."""

        def part(kind: Type) -> str:
            return self.value(kind, scene, depth)

        if type_ == BOOL:
            return f"({self._conditions.condition(scene, depth).text})"
        if type_ == LONG:
            return self._number(part)
        if type_ == DATETIME:
            moved = f"{part(DATETIME)}.offset({part(DURATION)})"
            return self._rng.choice((moved, f"{part(DATETIME)}.toDate()"))
        if type_ == DURATION:
            return self._rng.choice((f"{part(DATETIME)}.durationSince({part(DATETIME)})", f"{part(DATETIME)}.toTime()"))
        return self.value(type_, scene)

    def _number(self, part: Callable[[Type], str]) -> str:
        chance = self._rng.random()
        if chance < 0.25:
            return f"{part(DURATION)}.{self._rng.choice(_TO_LONG)}()"
        if chance < 0.4:
            return f"(-({LEAST}))" if chance < 0.27 else f"(-{part(LONG)})"
        return f"({part(LONG)} {self._rng.choice('+-*')} {part(LONG)})"


SIMPLE = (BOOL, LONG, STRING, DECIMAL, IP, DATETIME, DURATION)
"""The types that every scene has expressions of."""
