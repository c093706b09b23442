"""Logical names: what policies call `AgentCore::Gateway::"payments"` is an ARN on one target and another one elsewhere.

An app declares the entity types whose ids are logical (`logical:`) and maps each id per target (`targets.<target>.names`). A name
without a mapping is an error: deployed as it stands it would match nothing, and a forbid would silently stop forbidding.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Self

from bylaw.languages.cedar.ast import Entity, Slot
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.identifiers import EntityUid, TargetId
from bylaw.model.spans import Span
from bylaw.repository.layout import App


@dataclass(frozen=True)
class NameMap:
    """Logical to physical ids of one app on one target; remembers which were used."""

    target: TargetId
    logical: frozenset[str]
    names: Mapping[str, Mapping[str, str]]
    used: set[EntityUid] = field(default_factory=set)

    @classmethod
    def of(cls, app: App, target: TargetId) -> Self:
        """The map that `app.yaml` gives."""
        per_target = app.document.targets.get(target)
        return cls(target, frozenset(app.document.logical), per_target.names if per_target else {})

    def replacer(
        self, policy: CedarPolicy, source: Span, problems: Diagnostics
    ) -> Callable[[Entity | Slot], Entity | Slot]:
        """A function for `rewrite_statement`; what it cannot map goes to `problems`, at the literal or (for a link) at `source`."""

        def replace(leaf: Entity | Slot) -> Entity | Slot:
            if isinstance(leaf, Slot) or leaf.type not in self.logical:
                return leaf
            physical = self.names.get(leaf.type, {}).get(leaf.id)
            if physical is None:
                at = policy.span(leaf.start, leaf.end) if source.path == policy.path else source
                problems.add(self._unmapped(leaf, at))
                return leaf
            self.used.add(EntityUid(leaf.type, leaf.id))
            return leaf._replace(id=physical)

        return replace

    def _unmapped(self, leaf: Entity, at: Span) -> Diagnostic:
        known = self.names.get(leaf.type, {})
        near = get_close_matches(leaf.id, known, n=1)
        remedy = f"did you mean `{near[0]}`?" if near else f"add it to `targets.{self.target}.names` in `app.yaml`"
        message = f"`{EntityUid(leaf.type, leaf.id)}` has no physical name on target `{self.target}`"
        return Diagnostic("unmapped-name", message, at, remedy)


def unused_names(app: App, target: TargetId, names: NameMap) -> Iterator[Diagnostic]:
    """Mapped names that no policy uses, and mapped types that are not declared logical."""
    for type_, ids in names.names.items():
        route = ("targets", target, "names", type_)
        if type_ not in names.logical:
            at, remedy = app.places.key_span(route), f"add `{type_}` to `logical`, or remove the mapping"
            yield Diagnostic("not-logical", f"`{type_}` is mapped but not declared logical", at, remedy)
            continue
        for logical in ids:
            if EntityUid(type_, logical) not in names.used:
                message = f"no policy uses the logical name `{logical}` on target `{target}`"
                at = app.places.key_span((*route, logical))
                yield Diagnostic("unused-name", message, at, "remove the mapping", Severity.WARNING)
