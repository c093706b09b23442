"""The fixtures of a suite: its own and those of the files it uses, groups resolved, and the entity store they make.

Every entity fixture of a suite is in the store of each of its cases, so that they can refer to each other. Where two fixtures give
one uid different content (an open ticket and a closed one, say), only cases that name one of them have it, with that content.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from bylaw.evaluation.interface import EntityData, Json
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.identifiers import EntityUid
from bylaw.testing.documents import EntityFixture, FixturesDocument
from bylaw.testing.substitution import Locate, Route
from bylaw.testing.vocabulary import Unknown, did_you_mean

Kind = Literal["principals", "resources", "entities", "contexts", "groups"]
KINDS: tuple[Kind, ...] = ("principals", "resources", "entities", "contexts", "groups")


class FixtureFile(NamedTuple):
    """A document that defines fixtures, and how to find its places."""

    path: str
    document: FixturesDocument
    locate: Locate


class Used(NamedTuple):
    """A fixture that something refers to."""

    path: str
    kind: Kind
    name: str


@dataclass
class Fixtures:
    """All names that one suite can use."""

    principals: dict[str, EntityFixture] = field(default_factory=dict)
    resources: dict[str, EntityFixture] = field(default_factory=dict)
    entities: dict[str, EntityFixture] = field(default_factory=dict)
    contexts: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    origins: dict[tuple[Kind, str], str] = field(default_factory=dict)
    used: set[Used] = field(default_factory=set)

    def use(self, kind: Kind, name: str) -> None:
        """Remember that something refers to a fixture."""
        self.used.add(Used(self.origins[kind, name], kind, name))

    def members(self, kind: Kind, name: str) -> tuple[str, ...] | Unknown:
        """The fixtures of `kind` that `name` stands for: itself, or the members of a group.

        Each group is looked into once, however often it is named, and none deeper than the list of what is left to do.
        """
        found: dict[str, None] = {}
        entered: set[str] = set()
        left: set[str] = set()
        todo: list[tuple[str, str | None, bool]] = [(name, None, False)]
        while todo:
            current, group, leaving = todo.pop()
            if leaving:
                left.add(current)
            elif current in self._names(kind):
                self.use(kind, current)
                found[current] = None
            elif current not in self.groups:
                return self._unknown(kind, current, group)
            elif current not in entered:
                entered.add(current)
                self.use("groups", current)
                todo.append((current, group, True))
                todo.extend((member, current, False) for member in reversed(self.groups[current]))
            elif current not in left:
                return Unknown("cyclic-group", f"the group `{current}` contains itself", "remove one of the references")
        return tuple(found)

    def _unknown(self, kind: Kind, name: str, group: str | None) -> Unknown:
        within = f" in group `{group}`" if group else ""
        return Unknown(
            "unknown-fixture", f"unknown name `{name}`{within}", did_you_mean(name, (*self._names(kind), *self.groups))
        )

    def plain(self, name: str) -> tuple[str, ...]:
        """The names below a group, at any depth; `name` itself where it is no group. For actions, which are no fixtures."""
        found: dict[str, None] = {}
        seen: set[str] = set()
        todo = [name]
        while todo:
            current = todo.pop()
            if current not in self.groups:
                found[current] = None
            elif current not in seen:
                seen.add(current)
                self.use("groups", current)
                todo.extend(reversed(self.groups[current]))
        return tuple(found)

    def _names(self, kind: Kind) -> Mapping[str, object]:
        table: Mapping[str, object] = getattr(self, kind)
        return table


def merge(files: Sequence[FixtureFile], problems: Diagnostics) -> Fixtures:
    """The fixtures of `files`, the suite's own file last. A name defined twice is an error."""
    merged = Fixtures()
    for file in files:
        for kind in KINDS:
            for name, value in getattr(file.document, kind).items():
                origin = merged.origins.get((kind, name))
                if origin is not None:
                    message = f"`{name}` is defined in `{origin}` as well"
                    at = file.locate((kind, name))
                    problems.add(Diagnostic("duplicate-fixture", message, at, "give one of the two another name"))
                    continue
                merged.origins[kind, name] = file.path
                getattr(merged, kind)[name] = value
    return merged


def unused(files: Iterable[FixtureFile], used: Iterable[Used]) -> Iterator[Diagnostic]:
    """A warning for each fixture that nothing refers to. Further entities are read by policies, which nothing can see."""
    known = set(used)
    for file in files:
        for kind in KINDS:
            if kind == "entities":
                continue
            for name in getattr(file.document, kind):
                if Used(file.path, kind, name) not in known:
                    route: Route = (kind, name)
                    message = f"nothing uses `{name}`"
                    at = file.locate(route)
                    yield Diagnostic("unused-fixture", message, at, "use it, or remove it", Severity.WARNING)


def entity_data(fixture: EntityFixture) -> EntityData:
    """A fixture as an entity."""
    return EntityData(
        uid=EntityUid(fixture.type, fixture.id),
        attributes=fixture.attrs,
        tags=fixture.tags,
        parents=tuple(EntityUid(parent.type, parent.id) for parent in fixture.parents),
    )


class Worlds:
    """The entity stores of a suite's cases; equal stores are one object, so that their cases are decided in one call."""

    def __init__(self, fixtures: Iterable[EntityFixture]) -> None:
        self._variants: dict[EntityUid, list[EntityData]] = {}
        bare: dict[EntityUid, EntityData] = {}
        for fixture in fixtures:
            data = entity_data(fixture)
            if _is_bare(data):
                bare[data.uid] = data
            elif data not in (known := self._variants.setdefault(data.uid, [])):
                known.append(data)
        certain = {uid: variants[0] for uid, variants in self._variants.items() if len(variants) == 1}
        self._base = {**{uid: data for uid, data in bare.items() if uid not in self._variants}, **certain}
        self._shared = tuple(data for _, data in sorted(self._base.items()))
        self._built: dict[str, tuple[EntityData, ...]] = {}

    def store(self, principal: EntityFixture, resource: EntityFixture) -> tuple[EntityData, ...]:
        """The entities of a case that names these two."""
        changed = {}
        for fixture in (resource, principal):
            data = entity_data(fixture)
            known = self._base.get(data.uid)
            if known is None or (not _is_bare(data) and data != known):
                changed[data.uid] = data
        if not changed:
            return self._shared
        key = repr(sorted(changed.items()))
        if key not in self._built:
            self._built[key] = tuple(data for _, data in sorted({**self._base, **changed}.items()))
        return self._built[key]


def _is_bare(data: EntityData) -> bool:
    return not (data.attributes or data.tags or data.parents)
