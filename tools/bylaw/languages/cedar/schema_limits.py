"""Bounds on a schema, held before the engine sees it.

The engine puts each common type in the place of its name, closes hierarchies, and checks every policy once for each
request environment. Twenty-five lines can spell a type of thirty million attributes, a chain of five thousand action
groups takes half a minute, and nothing stops a million environments. The limits lie far above any schema that people
maintain.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, TypeVar

from bylaw.languages.cedar.schema_grammar import Name, RawAction, RawEntity, RawSchema, RawSet, RawType
from bylaw.languages.cedar.schema_names import RawNames, full_name
from bylaw.languages.cedar.wording import code

MAX_NESTING = 50
"""Brackets, and levels of a type once its names are replaced."""
MAX_DECLARATIONS = 10_000
MAX_ANCESTORS = 100
"""Types or groups that one entity type or action is in, at any depth."""
MAX_MEMBERSHIPS = 100_000
"""Those of all entity types, and of all actions, together."""
MAX_EXPANDED = 5_000_000
"""Characters of all types once their names are replaced."""
MAX_ENVIRONMENTS = 50_000

K = TypeVar("K")

_OPEN, _CLOSE = frozenset("([{<"), frozenset(")]}>")


class TooLarge(NamedTuple):
    """What is too large, and where."""

    message: str
    start: int
    end: int
    help: str


def first_too_deep(texts: Iterable[str]) -> int | None:
    """The index of the first token whose bracket nests deeper than allowed; `<` counts."""
    depth = 0
    for index, text in enumerate(texts):
        if text in _OPEN:
            depth += 1
            if depth > MAX_NESTING:
                return index
        elif text in _CLOSE:
            depth = max(depth - 1, 0)
    return None


def too_large(schema: RawSchema) -> TooLarge | None:
    """The first limit that `schema` exceeds."""
    checks = (_declarations, _hierarchies, _expansion, _environments)
    return next((problem for check in checks if (problem := check(schema)) is not None), None)


def _declarations(schema: RawSchema) -> TooLarge | None:
    everything: list[Name] = [
        *(item.name for item in schema.types),
        *(item.name for item in schema.entities),
        *(item.name for item in schema.actions),
    ]
    if len(everything) <= MAX_DECLARATIONS:
        return None
    message = f"{len(everything):,} declarations, limit {MAX_DECLARATIONS:,}"
    return TooLarge(message, everything[-1].start, everything[-1].end, "split the app")


def _hierarchies(schema: RawSchema) -> TooLarge | None:
    names = RawNames(schema)
    entities = {
        full_name(item.namespace, item.name.text): (
            item.name,
            [names.entity(item.namespace, parent.text) for parent in item.parents],
        )
        for item in schema.entities
    }
    actions = {
        names.action_uid(item): (item.name, [names.group(item.namespace, group) for group in item.groups])
        for item in schema.actions
    }
    return _deep_hierarchy(entities) or _deep_hierarchy(actions)


def _deep_hierarchy(nodes: Mapping[K, tuple[Name, list[K]]]) -> TooLarge | None:
    total = 0
    for name, parents in nodes.values():
        seen: set[K] = set()
        todo = list(parents)
        while todo and len(seen) <= MAX_ANCESTORS:
            parent = todo.pop()
            if parent not in seen:
                seen.add(parent)
                todo.extend(nodes[parent][1] if parent in nodes else ())
        total += len(seen)
        if len(seen) > MAX_ANCESTORS:
            message = f"{code(name.text)} is in more than {MAX_ANCESTORS} groups, counting groups of groups"
            return TooLarge(message, name.start, name.end, "flatten the hierarchy")
        if total > MAX_MEMBERSHIPS:
            message = f"more than {MAX_MEMBERSHIPS:,} memberships, counting groups of groups"
            return TooLarge(message, name.start, name.end, "flatten the hierarchy")
    return None


class _TooDeepError(Exception):
    """A type nests too deep once its names are replaced."""


class _Weights:
    """How long each type is once names are replaced. A cycle counts once: the engine refuses it."""

    def __init__(self, schema: RawSchema) -> None:
        self._names = RawNames(schema)
        self._known: dict[str, tuple[int, int]] = {}
        self._raw: dict[int, tuple[int, int]] = {}
        self._open: set[str] = set()

    def of(self, namespace: str, type_: RawType, above: int = 0) -> tuple[int, int]:
        """Characters and levels of `type_`, which stands `above` levels down."""
        if above > MAX_NESTING:
            raise _TooDeepError
        if isinstance(type_, Name):
            return self._named(namespace, type_, above)
        # One declaration may name thousands of actions, which share one tree; the tree outlives this object.
        if id(type_) not in self._raw:
            parts = [type_.element] if isinstance(type_, RawSet) else [field.type for field in type_.fields]
            names = [] if isinstance(type_, RawSet) else [len(field.name.text) for field in type_.fields]
            inner = [self.of(namespace, part, above + 1) for part in parts]
            deepest = max((levels for _, levels in inner), default=0)
            self._raw[id(type_)] = sum(names) + sum(size for size, _ in inner) + 2, deepest + 1
        return self._within(self._raw[id(type_)], above)

    def _named(self, namespace: str, name: Name, above: int) -> tuple[int, int]:
        common = self._names.common_type(namespace, name.text)
        if common is None:
            return len(name.text) + 2, 0
        full = full_name(common.namespace, common.name.text)
        if full in self._open:
            return 0, 0
        if full not in self._known:
            self._open.add(full)
            size, levels = self.of(common.namespace, common.type, above + 1)
            self._open.remove(full)
            self._known[full] = len(name.text) + size, levels + 1
        return self._within(self._known[full], above)

    @staticmethod
    def _within(found: tuple[int, int], above: int) -> tuple[int, int]:
        if above + found[1] > MAX_NESTING:
            raise _TooDeepError
        return found


def _expansion(schema: RawSchema) -> TooLarge | None:
    weights = _Weights(schema)
    total = 0
    for namespace, name, types, rest in _sized(schema):
        try:
            total += rest + sum(weights.of(namespace, type_)[0] for type_ in types)
        except _TooDeepError:
            message = f"{code(name.text)} nests deeper than {MAX_NESTING} levels once the names in it are replaced"
            return TooLarge(message, name.start, name.end, "flatten the types")
        if total > MAX_EXPANDED:
            message = f"the types take more than {MAX_EXPANDED:,} characters once the names in them are replaced"
            return TooLarge(message, name.start, name.end, "use fewer types inside types")
    return None


def _sized(schema: RawSchema) -> Iterator[tuple[str, Name, tuple[RawType, ...], int]]:
    for common in schema.types:
        yield common.namespace, common.name, (common.type,), len(common.name.text)
    for entity in schema.entities:
        types = (entity.record,) if entity.tags is None else (entity.record, entity.tags)
        yield (
            entity.namespace,
            entity.name,
            types,
            _printed(entity, *entity.parents) + sum(map(len, entity.choices or ())),
        )
    for action in schema.actions:
        groups = (group.name for group in action.groups)
        rest = _printed(action, *action.principals, *action.resources, *groups)
        yield action.namespace, action.name, (action.context,), rest


def _printed(item: RawEntity | RawAction, *names: Name) -> int:
    annotations = sum(len(name) + len(value) for name, value in item.annotations)
    return len(item.name.text) + annotations + sum(len(name.text) + 2 for name in names)


def _environments(schema: RawSchema) -> TooLarge | None:
    total = 0
    for action in schema.actions:
        total += len({name.text for name in action.principals}) * len({name.text for name in action.resources})
        if total > MAX_ENVIRONMENTS:
            message = f"more than {MAX_ENVIRONMENTS:,} combinations of principal type, action and resource type"
            remedy = "let actions apply to fewer types"
            return TooLarge(message, action.name.start, action.name.end, remedy)
    return None
