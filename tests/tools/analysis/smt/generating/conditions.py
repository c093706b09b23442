"""Random conditions: atoms joined by the Boolean operators, each read guarded on its left, arms that no request reaches."""

from collections.abc import Callable
from random import Random
from typing import TypeAlias

from bylaw.languages.cedar.schema import Environment
from tools.analysis.smt.generating.atoms import Atoms, ill_typed
from tools.analysis.smt.generating.clusters import ancestor_types
from tools.analysis.smt.generating.operands import Condition, Operands, entity_literal
from tools.analysis.smt.generating.reads import Guard, Scene
from tools.analysis.smt.generating.schemas import is_bare

_Environments: TypeAlias = tuple[Environment, ...]


def random_condition(rng: Random, scene: Scene, depth: int) -> Condition:
    """A strictly valid condition, mostly; `depth` bounds how far operators nest."""
    return _Conditions(rng).condition(scene, depth)


class _Conditions:
    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def condition(self, scene: Scene, depth: int) -> Condition:
        if depth <= 0 or self._rng.random() < 0.15:
            return self._atom(scene, depth)
        ways = (self._and, self._and, self._or, self._or, self._not, self._if, self._narrowed, self._dead, self._atom)
        return self._rng.choice(ways)(scene, depth)

    def _atom(self, scene: Scene, depth: int) -> Condition:
        operands = Operands(self._rng, self, scene.known)
        text = Atoms(self._rng, operands, scene, self._rng.randint(0, max(0, depth))).atom()
        guards = operands.guards
        if not guards:
            return Condition(text, scene)
        guard = " && ".join(_merged(self._rng, guards))
        if self._rng.random() < 0.12:
            other = self.condition(scene, depth - 2).text
            return Condition(f"if {guard} then {text} else {other}", scene)
        known = scene.known.union(guard.text for guard in guards)
        return Condition(f"{guard} && {text}", scene._replace(known=known))

    def _and(self, scene: Scene, depth: int) -> Condition:
        left = self.condition(scene, depth - 1)
        right = self.condition(left.scene, depth - 1)
        return Condition(f"({left.text}) && ({right.text})", right.scene)

    def _or(self, scene: Scene, depth: int) -> Condition:
        return Condition(f"({self._text(scene, depth)}) || ({self._text(scene, depth)})", scene)

    def _not(self, scene: Scene, depth: int) -> Condition:
        return Condition(f"!({self._text(scene, depth)})", scene)

    def _if(self, scene: Scene, depth: int) -> Condition:
        text, then = self.condition(scene, depth - 1)
        return Condition(
            f"if {text} then {self._text(then, depth)} else {self._text(scene, depth)}",
            scene,
        )

    def _text(self, scene: Scene, depth: int) -> str:
        return self.condition(scene, depth - 1).text

    def _narrowed(self, scene: Scene, depth: int) -> Condition:
        """A test that holds in some environments only; what it guards may read what the others lack."""
        test, inside, outside = self._test(scene)
        then = self._text(scene._replace(environments=inside), depth) if inside else self._ill(scene)
        chance = self._rng.random()
        if chance < 0.5:
            narrowed = scene._replace(environments=inside) if inside else scene
            return Condition(f"{test} && ({then})", narrowed if inside else scene)
        if chance < 0.7:
            return Condition(f"!({test}) || ({then})", scene)
        rest = self._text(scene._replace(environments=outside), depth) if outside else self._ill(scene)
        return Condition(f"if {test} then {then} else {rest}", scene)

    def _test(self, scene: Scene) -> tuple[str, _Environments, _Environments]:
        """A test, where it can be true, and where it can be false."""
        world, own = scene.world, scene.environments
        aim = self._rng.choice(world.schema.environments if self._rng.random() < 0.2 else own)
        variable = self._rng.choice(("principal", "action", "resource"))
        if variable == "action":
            group = self._rng.choice([u for u in sorted(world.schema.actions) if world.schema.action_in(aim.action, u)])
            if self._rng.random() < 0.5:
                return f"action in {group}", *_split(own, lambda e: world.schema.action_in(e.action, group))
            return f"action == {group}", *_split(own, lambda e: e.action == group)
        name = aim.principal if variable == "principal" else aim.resource
        inside, outside = _split(own, lambda e: getattr(e, variable) == name)
        if self._rng.random() < 0.3:
            target = entity_literal(self._rng, world, self._rng.choice(ancestor_types(world, name)))
            return f"{variable} is {name} in {target}", inside, own
        return f"{variable} is {name}", inside, outside

    def _dead(self, scene: Scene, depth: int) -> Condition:
        """An arm that the types alone show to be dead, which may hold anything."""
        if self._rng.random() < 0.75:
            return self._and(scene, depth)
        alive, ill = self._text(scene, depth), self._ill(scene)
        form = self._rng.choice(
            (
                "({alive}) || (false && ({ill}))",
                "({alive}) || (({alive}) && false && ({ill}))",
                "true || ({ill})",
                "if true then {alive} else {ill}",
                "if false then {ill} else {alive}",
                "({alive}) && (true || ({ill}))",
                "principal has zz && ({ill})",
                "!(false && ({ill})) && ({alive})",
            )
        )
        return Condition(form.format(alive=alive, ill=ill), scene)

    def _ill(self, scene: Scene) -> str:
        if self._rng.random() < 0.4:
            elsewhere = self._rng.choice(scene.world.schema.environments)
            return self.condition(scene._replace(environments=(elsewhere,)), 1).text
        return ill_typed(self._rng, scene.world)


def _split(own: _Environments, holds: Callable[[Environment], bool]) -> tuple[_Environments, _Environments]:
    return tuple(e for e in own if holds(e)), tuple(e for e in own if not holds(e))


def _merged(rng: Random, guards: list[Guard]) -> list[str]:
    """The guards as text; `a has b && a.b has c` now and then as `a has b.c`."""
    texts: list[str] = []
    previous: Guard | None = None
    for guard in guards:
        follows = previous and previous.name and guard.name and guard.base == f"{previous.base}.{previous.name}"
        if follows and is_bare(guard.name or "") and rng.random() < 0.5:
            texts[-1] += f".{guard.name}"
        else:
            texts.append(guard.text)
        previous = guard
    return texts
