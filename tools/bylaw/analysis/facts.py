"""What rules know besides the policy in front of them.

`AppContext` is everything about one app; app rules get it. `AppFacts` is the part of it that the rules over one policy may use.
It holds no other policy, so the hits of a file depend on nothing but the file and `AppFacts.digest`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from bylaw.languages.cedar.entities import known_entities
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import RecordType, Schema, SetType, Type
from bylaw.model.digests import Digest, digest_json
from bylaw.model.identifiers import EntityUid, PolicyId, TargetId
from bylaw.model.spans import Span, whole_file
from bylaw.repository.documents.app import AppDocument
from bylaw.repository.yaml_reader import Route, YamlFile


class TargetLimits(NamedTuple):
    """What one target accepts; no limit where none."""

    target: TargetId
    max_statement_length: int | None = None
    """In characters of the deployed text."""
    min_statement_length: int | None = None
    max_name_length: int | None = None


@dataclass(frozen=True)
class AppFacts:
    """What may be known while one policy is looked at. Picklable."""

    schema: Schema | None
    today: date
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Declared tag names by entity type."""
    inventory: frozenset[EntityUid] = frozenset()
    """The stable entities."""
    deprecated: Mapping[str, str] = field(default_factory=dict)
    """Actions on their way out, `Type::"id"` to what to use instead."""
    logical: frozenset[str] = frozenset()
    """Entity types whose ids in policies are logical names."""
    limits: tuple[TargetLimits, ...] = ()
    expires_within_days: int = 30

    @cached_property
    def inventory_types(self) -> frozenset[str]:
        """The entity types of which the inventory lists any."""
        return frozenset(uid.type for uid in self.inventory)

    @cached_property
    def optional_names(self) -> frozenset[str]:
        """Every name that some type, at any depth, declares as an optional attribute."""
        if self.schema is None:
            return frozenset()
        roots = [
            *(e.attributes for e in self.schema.entities.values()),
            *(a.context for a in self.schema.actions.values()),
        ]
        return frozenset(name for root in roots for name in _optional(root))

    @cached_property
    def digest(self) -> Digest:
        """The key, beside the file's own digest and the rule set's, under which hits of one file may be cached."""
        return digest_json(
            {
                "schema": self.schema.text if self.schema else None,
                "today": self.today.isoformat(),
                "tags": {name: list(tags) for name, tags in self.tags.items()},
                "inventory": sorted(map(list, self.inventory)),
                "deprecated": dict(self.deprecated),
                "logical": sorted(self.logical),
                "limits": [list(limit) for limit in self.limits],
                "expires_within_days": self.expires_within_days,
            }
        )


def _optional(type_: Type) -> Iterator[str]:
    if isinstance(type_, SetType):
        yield from _optional(type_.element)
    elif isinstance(type_, RecordType):
        for attribute in type_.attributes:
            if not attribute.required:
                yield attribute.name
            yield from _optional(attribute.type)


@dataclass(frozen=True)
class AppContext:
    """One app as the rules see it. The caller passes the date in; nothing here reads a clock."""

    program: CedarProgram
    document: AppDocument
    today: date
    places: YamlFile | None = None
    """`app.yaml` with its positions."""
    tested: frozenset[PolicyId] | None = None
    """Policies that some suite case decided by; none when no tests ran."""
    limits: tuple[TargetLimits, ...] = ()
    """Of the targets the app is deployed to."""
    expires_within_days: int = 30

    @cached_property
    def facts(self) -> AppFacts:
        """What rules over one policy may use."""
        return AppFacts(
            schema=self.program.schema,
            today=self.today,
            tags=self.document.tags,
            inventory=frozenset(self.parents),
            deprecated=self.document.deprecated,
            logical=frozenset(self.document.logical),
            limits=self.limits,
            expires_within_days=self.expires_within_days,
        )

    @cached_property
    def parents(self) -> Mapping[EntityUid, frozenset[EntityUid]]:
        """The inventory: each stable entity with its direct parents."""
        return known_entities(self.program.entities_json)

    def place(self, *route: str | int) -> Span:
        """Where `app.yaml` says something; the top of it when positions are unknown."""
        if self.places is None:
            return whole_file(f"policies/{self.program.app}/app.yaml")
        found: Route = route
        return self.places.key_span(found)
