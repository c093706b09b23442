"""What rules know besides the policy in front of them.

`AppContext` is everything about one app; app rules get it. `AppFacts` is the part of it that the rules over one policy may use.
It holds no other policy, so the hits of a file depend on nothing but the file and `AppFacts.digest`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from bylaw.analysis.proven import Proven
from bylaw.analysis.shapes import ScopeKeys, scope_keys
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.entities import known_entities
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import AttributeType, Environment, RecordType, Schema, SetType, Type
from bylaw.model.digests import Digest, digest_json
from bylaw.model.identifiers import EntityUid, PolicyId, PolicyRef, TargetId
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

    @property
    def known_schema(self) -> Schema:
        """The schema; only for rules that say that they need one.

        Raises:
            LookupError: there is none.
        """
        if self.schema is None:
            raise LookupError("schema")
        return self.schema

    @cached_property
    def inventory_types(self) -> frozenset[str]:
        """The entity types of which the inventory lists any."""
        return frozenset(uid.type for uid in self.inventory)

    @cached_property
    def attributes(self) -> Mapping[str, frozenset[AttributeType]]:
        """Every attribute that any type declares, at any depth, by name."""
        found: dict[str, set[AttributeType]] = {}
        if self.schema is not None:
            roots = [entity.attributes for entity in self.schema.entities.values()]
            roots += [action.context for action in self.schema.actions.values()]
            for root in roots:
                for attribute in _attributes(root):
                    found.setdefault(attribute.name, set()).add(attribute)
        return {name: frozenset(attributes) for name, attributes in found.items()}

    @cached_property
    def environments(self) -> dict[tuple[object, ...], tuple[Environment, ...]]:
        """Filled by `PolicyView`: request environments by what of a scope decides them."""
        return {}

    @cached_property
    def tag_types(self) -> frozenset[Type]:
        """The types that tags have, over all entity types."""
        entities = self.schema.entities.values() if self.schema else ()
        return frozenset(entity.tags for entity in entities if entity.tags is not None)

    @cached_property
    def action_groups(self) -> Mapping[EntityUid, int]:
        """Every action with members, and how many."""
        actions = self.schema.actions if self.schema else {}
        members = ((group, action) for group in actions for action in actions if action != group)
        return Counter(group for group, action in members if self.schema and self.schema.action_in(action, group))

    @cached_property
    def optional_names(self) -> frozenset[str]:
        """Names that some type declares as optional. Most reads of a policy need no typing once this is known."""
        return frozenset(name for name, known in self.attributes.items() if not all(a.required for a in known))

    @cached_property
    def required_names(self) -> frozenset[str]:
        """Names that some type declares as required."""
        return frozenset(name for name, known in self.attributes.items() if any(a.required for a in known))

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


def _attributes(type_: Type) -> Iterator[AttributeType]:
    if isinstance(type_, SetType):
        yield from _attributes(type_.element)
    elif isinstance(type_, RecordType):
        for attribute in type_.attributes:
            yield attribute
            yield from _attributes(attribute.type)


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
    proven: Proven | None = None
    """What a solver proved; none when none was asked."""
    sources: tuple[YamlFile, ...] = ()
    """The documents that the policies were made from; none where people wrote the policies themselves."""

    @property
    def known_proofs(self) -> Proven:
        """What a solver proved; only for rules that say that they need it.

        Raises:
            LookupError: none was asked.
        """
        if self.proven is None:
            raise LookupError("proven")
        return self.proven

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

    def statement(self, ref: PolicyRef) -> Statement | None:
        """The statement of a policy, or of the template that a link fills; none where the app has neither."""
        return self._statements.get(ref)

    @cached_property
    def _statements(self) -> Mapping[PolicyRef, Statement]:
        own = {policy.ref: policy.statement for policy in self.program.policies}
        return own | {link.ref: link.template.statement for link in self.program.links}

    @cached_property
    def parents(self) -> Mapping[EntityUid, frozenset[EntityUid]]:
        """The inventory: each stable entity with its direct parents."""
        return known_entities(self.program.entities_json)

    @cached_property
    def scopes(self) -> Mapping[PolicyRef, ScopeKeys]:
        """The scope of every policy without its places, for the rules that compare all of them."""
        return {policy.ref: scope_keys(policy.statement) for policy in self.program.policies}

    def place(self, *route: str | int) -> Span:
        """Where `app.yaml` says something; the top of it when positions are unknown."""
        if self.places is None:
            return whole_file(f"policies/{self.program.app}/app.yaml")
        found: Route = route
        return self.places.key_span(found)
