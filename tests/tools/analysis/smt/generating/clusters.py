"""Several relations among few terms: what single atoms seldom give, and what is nearly contradictory.

Patterns on one string, orders among three numbers, memberships along a chain of groups, an enumerated value that is none of the
ids but one, relations among two sets, tags of one entity under keys that may be the same.
"""

from collections.abc import Callable
from itertools import cycle
from random import Random

from bylaw.languages.cedar.escapes import quote_pattern
from bylaw.languages.cedar.schema import EntityType, RecordType, SetType, Type
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.generating.operands import Operands, literal
from tools.analysis.smt.generating.pools import BOOL, DATETIME, DECIMAL, DURATION, IP, LONG, STRING
from tools.analysis.smt.generating.reads import Scene, can_be_had, tags_of
from tools.analysis.smt.generating.schemas import World

ORDERS = ("<", "<=", ">", ">=")
DECIMAL_ORDERS = ("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual")
IP_TESTS = ("isIpv4", "isIpv6", "isLoopback", "isMulticast")
_PATTERN_PARTS = (None, None, "a", "b", "*")


def pattern(rng: Random) -> str:
    """A short pattern over few characters."""
    return quote_pattern(tuple(rng.choice(_PATTERN_PARTS) for _ in range(rng.choice((0, 1, 2, 2, 3, 3, 4, 5)))))


def ancestor_types(world: World, name: str) -> list[str]:
    """The entity types that one of this type can be in, its own among them."""
    if name in world.action_types:
        return [name]
    return [other for other in world.schema.entities if world.schema.type_can_be_in(name, other)]


class Clusters:
    """Makes clusters in one scene; their guards are kept by `operands`."""

    def __init__(self, rng: Random, operands: Operands, scene: Scene) -> None:
        self._rng = rng
        self._operands = operands
        self._scene = scene

    def cluster(self) -> str:
        """Two to four relations, joined."""
        # Two records, or two truths, only are equal or not.
        related = [kind for kind in self._scene.reads if kind != BOOL and not isinstance(kind, RecordType)]
        relation = self._relation(self._rng.choice(related))
        parts = [f"({relation()})" for _ in range(self._rng.choice((2, 3, 3, 4)))]
        signed = (part if self._rng.random() < 0.6 else f"!{part}" for part in parts)
        return f"({self._rng.choice((' && ', ' && ', ' && ', ' || ')).join(signed)})"

    def _terms(self, kind: Type, count: int) -> list[str]:
        """Terms of one type, the first of them read."""
        return [
            self._operands.read(kind, self._scene),
            *(self._operands.value(kind, self._scene) for _ in range(count - 1)),
        ]

    def _relation(self, kind: Type) -> Callable[[], str]:
        """How to make one relation of terms of this type, again and again."""
        name = self._scene.world.entity_name(kind)
        if name is not None and self._scene.world.is_closed(name):
            return self._choices(kind)
        if tags_of(self._scene.world, kind) and self._rng.random() < 0.4:
            return self._tags(kind)
        if name is not None:
            return self._hierarchy(name)
        if isinstance(kind, SetType):
            return self._sets(kind)
        return self._values(kind)

    def _choices(self, kind: Type) -> Callable[[], str]:
        """`x != T::"a"`, `x != T::"b"`, …: of a closed type."""
        (term,), world = self._terms(kind, 1), self._scene.world
        name = world.entity_name(kind) or ""
        ids = cycle(self._rng.sample(world.ids(name), len(world.ids(name))))
        return lambda: f"{term} {self._rng.choice(('==', '==', 'in'))} {EntityUid(name, next(ids))}"

    def _tags(self, kind: Type) -> Callable[[], str]:
        terms = self._terms(kind, self._rng.choice((1, 2)))
        keys = [self._operands.key(self._scene) for _ in range(2)]
        for key in keys:
            self._operands.need(key.guards, self._scene)
        texts = [key.text for key in keys]

        def one() -> str:
            if self._rng.random() < 0.25:
                return " == ".join(texts)
            return f"{self._rng.choice(terms)}.hasTag({self._rng.choice(texts)})"

        return one

    def _hierarchy(self, name: str) -> Callable[[], str]:
        """`in` and `==` along the types above one type, the lower mostly on the left."""
        world = self._scene.world
        above = ancestor_types(world, name)
        kinds: list[Type] = [EntityType(self._rng.choice(above)) for _ in range(self._rng.choice((1, 2, 2)))]
        chain = [EntityType(name), *kinds]
        terms = [self._operands.value(kind, self._scene) for kind in chain]

        def one() -> str:
            left, right = sorted(self._rng.sample(range(len(terms)), 2), reverse=self._rng.random() < 0.15)
            same = chain[left] == chain[right]
            return f"{terms[left]} {'==' if same and self._rng.random() < 0.3 else 'in'} {terms[right]}"

        return one

    def _sets(self, kind: SetType) -> Callable[[], str]:
        terms = self._terms(kind, 2)
        has_element = can_be_had(self._scene, kind.element)
        elements = [self._operands.value(kind.element, self._scene) for _ in range(2)] if has_element else []

        def one() -> str:
            left, right = self._rng.sample(terms, 2)
            forms = [
                f"{left} == {right}",
                f"{left}.containsAll({right})",
                f"{left}.containsAny({right})",
                f"{left}.isEmpty()",
            ]
            return self._rng.choice(forms + [f"{left}.contains({element})" for element in elements])

        return one

    def _values(self, kind: Type) -> Callable[[], str]:
        """Relations of two among three terms; patterns and literals on one string."""
        terms = self._terms(kind, 1 if kind == STRING else 3)
        terms += [literal(self._rng, self._scene.world, kind)] if kind == STRING else []

        def one() -> str:
            left, right = terms if kind == STRING else self._rng.sample(terms, 2)
            forms = [f"{left} == {right}"]
            if kind == STRING:
                forms += [f"{left} like {pattern(self._rng)}" for _ in range(3)]
            elif kind in {LONG, DATETIME, DURATION}:
                forms += [f"{left} {order} {right}" for order in ORDERS]
            elif kind == DECIMAL:
                forms += [f"{left}.{order}({right})" for order in DECIMAL_ORDERS]
            elif kind == IP:
                forms += [f"{left}.isInRange({right})"] * 3 + [f"{left}.{test}()" for test in IP_TESTS]
            return self._rng.choice(forms)

        return one
