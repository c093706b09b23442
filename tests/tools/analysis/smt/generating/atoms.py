"""Random Boolean expressions of one operator or method."""

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.schema import SetType, Type
from tools.analysis.smt.generating.clusters import DECIMAL_ORDERS, IP_TESTS, ORDERS, Clusters, ancestor_types, pattern
from tools.analysis.smt.generating.operands import SIMPLE, Operands, entity_literal, literal
from tools.analysis.smt.generating.pools import BOOL, DATETIME, DECIMAL, DURATION, IP, LONG, STRING
from tools.analysis.smt.generating.reads import Scene, attributes_of, can_be_had, member, presence, tags_of
from tools.analysis.smt.generating.schemas import NAMES, ODD_NAMES, World, is_bare

_ORDERED: tuple[Type, ...] = (LONG, LONG, DATETIME, DURATION)

Make: TypeAlias = Callable[[], str]


class Atoms:
    """Makes atoms in one scene; their guards are kept by `operands`."""

    def __init__(self, rng: Random, operands: Operands, scene: Scene, depth: int) -> None:
        self._rng = rng
        self._operands = operands
        self._scene = scene
        self._depth = depth

    def atom(self) -> str:
        """A random atom, not in parentheses."""
        ways: list[tuple[Make, int]] = [
            (self._equality, 6),
            (self._order, 5 if any(map(self._has, _ORDERED)) else 0),
            (self._membership, 5),
            (self._like, 3 if self._has(STRING) else 0),
            (self._of_set, 4),
            (self._presence, 2),
            (self._tag_presence, 2),
            (self._type_test, 1),
            (self._of_decimal, 2 if self._has(DECIMAL) else 0),
            (self._of_address, 3 if self._has(IP) else 0),
            (self._boolean, 2),
            (Clusters(self._rng, self._operands, self._scene).cluster, 4),
        ]
        makes, weights = zip(*ways, strict=True)
        make: Make = self._rng.choices(makes, weights)[0]
        return make()

    def _has(self, kind: Type) -> bool:
        """Whether there is something of this type to read: two literals make a constant, which is seldom wanted."""
        return kind in self._scene.reads or self._rng.random() < 0.05

    def _value(self, type_: Type) -> str:
        return self._operands.value(type_, self._scene, self._depth)

    def _subject(self, type_: Type) -> str:
        """Mostly something read."""
        if type_ in self._scene.reads and self._rng.random() < 0.7:
            return self._operands.read(type_, self._scene)
        return self._value(type_)

    @staticmethod
    def _unlike(left: str, operator: str, make: Make) -> str:
        """A relation whose sides seldom have the same text."""
        right = make()
        return f"{left}{operator}{make() if right == left else right}"

    def _entity_types(self) -> list[Type]:
        lively = [type_ for type_ in self._kinds() if self._scene.world.entity_name(type_)]
        return lively or [type_ for type_ in self._scene.reads if self._scene.world.entity_name(type_)]

    def _kinds(self) -> list[Type]:
        """What can be read; seldom the type of `action` where `action` alone has it, which is constant."""
        reads = self._scene.reads
        lively = [kind for kind, found in reads.items() if len(found) > 1 or found[0].text != "action"]
        return lively if lively and self._rng.random() < 0.8 else list(reads)

    def _equality(self) -> str:
        kinds = self._kinds()
        if self._rng.random() < 0.4:
            # Records and sets are the rarer types, and the harder ones.
            kinds = [kind for kind in kinds if kind not in SIMPLE] or kinds
        kind = self._rng.choice((self._rng.choice(kinds), self._rng.choice(SIMPLE)) if self._depth else kinds)
        other = kind
        if self._scene.world.entity_name(kind) and self._rng.random() < 0.1:
            other = self._rng.choice(self._entity_types())
        operator = self._rng.choice(("==", "==", "!="))
        return self._unlike(self._subject(kind), f" {operator} ", lambda: self._value(other))

    def _order(self) -> str:
        kind = self._rng.choice([kind for kind in _ORDERED if kind in self._scene.reads] or _ORDERED)
        # Arithmetic is what errors even in a complete store.
        computed = self._rng.random() < 0.45
        left = self._operands.computed(kind, self._scene, self._depth - 1) if computed else self._subject(kind)
        return f"{left} {self._rng.choice(ORDERS)} {self._value(kind)}"

    def _like(self) -> str:
        return f"{self._subject(STRING)} like {pattern(self._rng)}"

    def _of_decimal(self) -> str:
        return f"{self._subject(DECIMAL)}.{self._rng.choice(DECIMAL_ORDERS)}({self._value(DECIMAL)})"

    def _of_address(self) -> str:
        address = self._subject(IP)
        if self._rng.random() < 0.5:
            return f"{address}.isInRange({self._value(IP)})"
        return f"{address}.{self._rng.choice(IP_TESTS)}()"

    def _boolean(self) -> str:
        if BOOL in self._scene.reads and self._rng.random() < 0.8:
            return self._operands.read(BOOL, self._scene)
        return self._value(BOOL)

    def _membership(self) -> str:
        kind = self._rng.choice(self._entity_types())
        return self._unlike(self._subject(kind), " in ", lambda: self._group(kind))

    def _group(self, kind: Type) -> str:
        """What can stand right of `in`: an entity, a list of them, or a set."""
        world, scene = self._scene.world, self._scene
        name = world.entity_name(kind) or ""
        above = ancestor_types(world, name)
        if self._rng.random() < 0.05:
            above = list(world.schema.entities)
        read = [type_ for type_ in self._entity_types() if world.entity_name(type_) in above]
        sets = [
            type_ for type_ in scene.reads if isinstance(type_, SetType) and world.entity_name(type_.element) in above
        ]
        chance = self._rng.random()
        if sets and chance < 0.45:
            return self._value(self._rng.choice(sets))
        if read and chance < 0.6:
            return self._value(self._rng.choice(read))
        target = self._rng.choice(above)
        if chance < 0.8:
            return entity_literal(self._rng, world, target)
        own = [type_ for type_ in read if world.entity_name(type_) == target]
        listed = [entity_literal(self._rng, world, target) for _ in range(self._rng.choice((1, 2, 2)))]
        return f"[{', '.join([*listed, *(self._value(type_) for type_ in own[:1])])}]"

    def _type_test(self) -> str:
        world = self._scene.world
        kind = self._rng.choice(self._entity_types())
        name = world.entity_name(kind) or ""
        tested = name if self._rng.random() < 0.6 else self._rng.choice([*world.schema.entities, *world.action_types])
        subject = self._subject(kind)
        if self._rng.random() < 0.5:
            return f"{subject} is {tested}"
        return f"{subject} is {tested} in {self._group(kind)}"

    def _presence(self) -> str:
        """Of an optional attribute, at any depth; now and then of a required or an undeclared one."""
        scene = self._scene
        guards = [guard for reads in scene.reads.values() for read in reads for guard in read.guards[-1:]]
        if guards and self._rng.random() < 0.75:
            guard = self._rng.choice(guards)
            if self._rng.random() < 0.6:
                readers = (r for reads in scene.reads.values() for r in reads if guard in r.guards)
                self._operands.need(next(readers).guards[:-1], scene)
                return guard.text
            return self._path_presence()
        holder = self._rng.choice(
            [t for t in scene.reads if attributes_of(scene.world, t) or scene.world.entity_name(t)]
        )
        return presence(self._operands.read(holder, scene), self._rng.choice((*NAMES, *ODD_NAMES))).text

    def _path_presence(self) -> str:
        """`base has a.b.c`: what is right of the first name may be missing without an error."""
        scene = self._scene
        kind = self._rng.choice([t for t in scene.reads if attributes_of(scene.world, t) or scene.world.entity_name(t)])
        base, path = self._operands.read(kind, scene), list[str]()
        while (declared := attributes_of(scene.world, kind)) and declared.attributes and len(path) < 3:
            attribute = self._rng.choice(declared.attributes)
            if not is_bare(attribute.name):
                break
            path.append(attribute.name)
            kind = attribute.type
        if not path:
            return f"{base} has {self._rng.choice(NAMES)}"
        return f"{base} has {'.'.join(path)}"

    def _tag_presence(self) -> str:
        types = self._entity_types()
        tagged = [type_ for type_ in types if tags_of(self._scene.world, type_)]
        kind = self._rng.choice(tagged if tagged and self._rng.random() < 0.9 else types)
        subject, key = self._subject(kind), self._operands.key(self._scene)
        self._operands.need(key.guards, self._scene)
        return f"{subject}.hasTag({key.text})"

    def _of_set(self) -> str:
        scene = self._scene
        sets = [type_ for type_ in scene.reads if isinstance(type_, SetType)]
        made = [SetType(type_) for type_ in self._kinds() if can_be_had(scene, type_)]
        kind = self._rng.choice(sets if sets and self._rng.random() < 0.7 else made)
        receiver = self._subject(kind)
        method = self._rng.choice(("contains", "contains", "containsAll", "containsAny", "isEmpty"))
        if method == "isEmpty":
            return f"{receiver}.isEmpty()"
        argument = kind.element if method == "contains" else kind
        if not can_be_had(scene, argument):
            argument, method = kind, "containsAll"
        return f"{receiver}.{method}({self._value(argument)})"


def ill_typed(rng: Random, world: World) -> str:
    """What may stand only where it is never evaluated."""
    number, word = literal(rng, world, LONG), literal(rng, world, STRING)
    return rng.choice(
        (
            f"{number} + {word} == {number}",
            f"{word} < {word}",
            "principal.zz",
            f"resource.zz.a like {pattern(rng)}",
            f"{number}",
            f"[{number}, {word}].contains({word})",
            f"{member('context', 'zz')} in principal",
            f"{quote('a')}.contains({number})",
        )
    )
