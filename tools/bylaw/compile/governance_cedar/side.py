"""What a Cedar target knows of the actions and agents that governance policies name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from bylaw.compile.governance_cedar.formulas import InexpressibleError
from bylaw.languages.cedar.schema import ActionDeclaration, ExtensionType, RecordType, Schema
from bylaw.model.identifiers import EntityUid


@dataclass(frozen=True)
class CedarSide:
    """A schema of tools, and who signs in as what."""

    schema: Schema
    agents: Mapping[str, EntityUid]
    """The principal of each agent."""
    resource: EntityUid | None
    """What all policies are about; none: any."""

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[ActionDeclaration, ...]]:
        found: dict[str, tuple[ActionDeclaration, ...]] = {}
        for uid, action in sorted(self.schema.actions.items()):
            if action.principals and action.resources:
                for name in {uid.id, uid.id.rpartition("___")[2]}:
                    found[name] = (*found.get(name, ()), action)
        return found

    def action(self, name: str) -> ActionDeclaration:
        """The action that a policy calls `name`: by its id, or by the tool in `<Target>___<tool>`.

        Raises:
            InexpressibleError: the schema has none, or several.
        """
        found = self._by_name.get(name, ())
        if not found:
            raise InexpressibleError(f"the Cedar schema has no action `{name}`")
        if len(found) > 1:
            ids = ", ".join(f"`{action.uid.id}`" for action in found)
            raise InexpressibleError(f"`{name}` may be {ids}; name one of them whole")
        return found[0]

    def known(self, names: Iterable[str]) -> tuple[EntityUid, ...]:
        """The actions of these names, without those that the schema does not have."""
        return tuple(sorted({action.uid for name in names for action in self._by_name.get(name, ())}))

    @cached_property
    def actions(self) -> tuple[ActionDeclaration, ...]:
        """Every action that can be asked for, by its id."""
        return tuple(
            action for _, action in sorted(self.schema.actions.items()) if action.principals and action.resources
        )

    def agent(self, name: str) -> EntityUid:
        """The principal of an agent.

        Raises:
            InexpressibleError: `app.yaml` names none.
        """
        if name not in self.agents:
            raise InexpressibleError(f"`agents` in `app.yaml` names no principal for `{name}`")
        return self.agents[name]

    @cached_property
    def has_clock(self) -> bool:
        """Whether every request says what time it is."""
        return all(_has_clock(action) for action in self.actions)


def _has_clock(action: ActionDeclaration) -> bool:
    system = action.context.attribute("system")
    if system is None or not system.required or not isinstance(system.type, RecordType):
        return False
    now = system.type.attribute("now")
    return now is not None and now.required and now.type == ExtensionType("datetime")


def arguments_of(action: ActionDeclaration) -> RecordType:
    """The arguments of a tool, as `context.input` says them.

    Raises:
        InexpressibleError: the schema says nothing of them.
    """
    found = action.context.attribute("input")
    if found is None or not found.required or not isinstance(found.type, RecordType):
        raise InexpressibleError(f"the Cedar schema gives `{action.uid.id}` no arguments")
    return found.type
