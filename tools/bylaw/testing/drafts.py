"""From a request with its entities to a test that a person would write: fixtures of the app in place of what a solver made up."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import Literal, TypeAlias

from bylaw.analysis.smt.extraction import Concrete
from bylaw.evaluation.interface import EntityData, Json, Request
from bylaw.model.diagnostics import Diagnostics
from bylaw.model.identifiers import EntityUid
from bylaw.testing.documents import EntityFixture, Uid
from bylaw.testing.fixtures import FixtureFile, Fixtures, Worlds, entity_data, merge

Role = Literal["resource", "principal", "context"]
ROLES: tuple[Role, ...] = ("resource", "principal", "context")
CENTS = 2
MAX_PAIRS = 100
"""Of a principal and a resource, tried for one case."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One request of a test; a text is the name of a fixture."""

    principal: str | EntityFixture
    action: EntityUid
    resource: str | EntityFixture
    context: str | Mapping[str, Json]
    entities: tuple[EntityFixture, ...] = ()
    """Further entities that the test brings."""


Keeps: TypeAlias = Callable[[Draft], bool]
"""Whether a draft still shows what it is to show."""


def draft_of(example: Concrete) -> Draft:
    """An example as a test that brings everything itself."""
    request, entities = example
    own = {entity.uid: _fixture(entity) for entity in entities}

    def part(uid: EntityUid) -> EntityFixture:
        return own.pop(uid, None) or EntityFixture(type=uid.type, id=uid.id)

    principal, resource = part(request.principal), part(request.resource)
    context = {name: plain(value) for name, value in request.context.items()}
    return Draft(principal, request.action, resource, context, tuple(own.values()))


def _fixture(entity: EntityData) -> EntityFixture:
    return EntityFixture.model_validate(
        {
            "type": entity.uid.type,
            "id": entity.uid.id,
            "attrs": {name: plain(value) for name, value in entity.attributes.items()},
            "tags": {name: plain(value) for name, value in entity.tags.items()},
            "parents": tuple(Uid(type=uid.type, id=uid.id) for uid in entity.parents),
        }
    )


def plain(value: Json) -> Json:
    """A value as suites write it: the schema knows what is a decimal, a time or an entity."""
    if isinstance(value, Mapping):
        if value.keys() == {"__entity"}:
            return plain(value["__entity"])
        if isinstance(call := value.get("__extn"), Mapping):
            text = call.get("arg")
            return _short(str(call.get("fn")), text) if isinstance(text, str) else value
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, Sequence) and not isinstance(value, str) else value


def _short(function: str, text: str) -> str:
    if function == "decimal" and "." in text:
        whole, _, digits = text.partition(".")
        return f"{whole}.{digits.rstrip('0').ljust(CENTS, '0')}"
    return text.replace(".000Z", "Z") if function == "datetime" else text


class Surroundings:
    """The fixtures that a suggested suite uses."""

    def __init__(self, files: Iterable[FixtureFile]) -> None:
        self.files: tuple[FixtureFile, ...] = ()
        self.fixtures = Fixtures()
        for file in files:
            problems = Diagnostics()
            merged = merge((*self.files, file), problems)
            if not problems.has_errors:  # two files that use one name cannot stand in one suite
                self.files, self.fixtures = (*self.files, file), merged

    def request(self, draft: Draft) -> Request:
        """The request of a draft."""
        context = draft.context if isinstance(draft.context, Mapping) else self.fixtures.contexts[draft.context]
        principal, resource = self._entity("principal", draft), self._entity("resource", draft)
        return Request(entity_data(principal).uid, draft.action, entity_data(resource).uid, context)

    def entities(self, draft: Draft) -> tuple[EntityData, ...]:
        """The entities of its case, beside the stable ones."""
        fixtures = self.fixtures
        known = (*fixtures.principals.values(), *fixtures.resources.values(), *fixtures.entities.values())
        worlds = Worlds((*known, *draft.entities))
        return worlds.store(self._entity("principal", draft), self._entity("resource", draft))

    def _entity(self, role: Role, draft: Draft) -> EntityFixture:
        value = draft.principal if role == "principal" else draft.resource
        return value if isinstance(value, EntityFixture) else self._table(role)[value]

    def _table(self, role: Role) -> Mapping[str, EntityFixture]:
        return self.fixtures.principals if role == "principal" else self.fixtures.resources

    def familiar(self, draft: Draft, keeps: Keeps) -> Draft:
        """`draft` with a fixture for each part that one can stand for, and without entities that it does not need then."""
        for role in ROLES:
            draft = next((found for found in self._named(role, draft) if keeps(found)), draft)
        if isinstance(draft.principal, EntityFixture) and isinstance(draft.resource, EntityFixture):
            # What refers to the other, as an owner does, can only be replaced together with it.
            pairs = (two for one in self._named("resource", draft) for two in self._named("principal", one))
            draft = next((found for found in islice(pairs, MAX_PAIRS) if keeps(found)), draft)
        for entity in draft.entities:
            fewer = replace(draft, entities=tuple(other for other in draft.entities if other is not entity))
            draft = fewer if keeps(fewer) else draft
        return draft

    def _named(self, role: Role, draft: Draft) -> Iterator[Draft]:
        if role == "context":
            for name in self.fixtures.contexts:
                yield replace(draft, context=name)
            return
        own = self._entity(role, draft)
        for name, fixture in self._table(role).items():
            if fixture.type == own.type:
                yield replace(draft, principal=name) if role == "principal" else replace(draft, resource=name)

    def used(self, drafts: Iterable[Draft]) -> tuple[FixtureFile, ...]:
        """The files with the fixtures that `drafts` name."""
        origins = self.fixtures.origins
        paths = set()
        for draft in drafts:
            named = (("principals", draft.principal), ("resources", draft.resource), ("contexts", draft.context))
            paths |= {path for (kind, name), path in origins.items() if (kind, name) in named}
        return tuple(file for file in self.files if file.path in paths)

    def test(self, draft: Draft) -> dict[str, Json]:
        """A draft as the keys `entities` and `request` of a test."""
        taken = self.fixtures.entities
        names = (name for number in count(1) if (name := f"other-{number}") not in taken)
        entities = {next(names): entity_json(entity) for entity in draft.entities}
        request: dict[str, Json] = {
            "principal": _reference(draft.principal),
            "action": str(draft.action),
            "resource": _reference(draft.resource),
        }
        if draft.context:
            request["context"] = draft.context
        return {**({"entities": entities} if entities else {}), "request": request}


def _reference(value: str | EntityFixture) -> Json:
    return value if isinstance(value, str) else entity_json(value)


def entity_json(fixture: EntityFixture) -> dict[str, Json]:
    """A fixture as suites write it, without what is empty."""
    parents = [{"type": uid.type, "id": uid.id} for uid in fixture.parents]
    parts: dict[str, Json] = {"attrs": fixture.attrs, "tags": fixture.tags, "parents": parents}
    return {"type": fixture.type, "id": fixture.id, **{key: value for key, value in parts.items() if value}}
