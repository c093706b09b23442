"""What suites can name: the actions of the schema, the policies of the app. One value for every language."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import NamedTuple

from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.uids import parse_uid
from bylaw.model.identifiers import AppId, EntityUid, PolicyId

MAX_COMPARED = 200
MAX_NAME = 200


class Unknown(NamedTuple):
    """Why a name means nothing, or too much."""

    code: str
    message: str
    help: str | None


@dataclass(frozen=True)
class Vocabulary:
    """The names that one app gives its suites."""

    app: AppId
    actions: frozenset[EntityUid]
    groups: frozenset[EntityUid]
    """Actions that only stand for others; no request names one."""
    policies: frozenset[PolicyId]
    has_schema: bool = True

    @cached_property
    def _actions_by_id(self) -> dict[str, list[EntityUid]]:
        found: dict[str, list[EntityUid]] = {}
        for uid in sorted(self.actions):
            found.setdefault(uid.id, []).append(uid)
        return found

    @cached_property
    def _policies_by_name(self) -> dict[str, list[PolicyId]]:
        found: dict[str, list[PolicyId]] = {}
        for policy in sorted(self.policies):
            found.setdefault(policy.rpartition("/")[2], []).append(policy)
        return found

    def action(self, name: str) -> EntityUid | Unknown:
        """The action that `name` means: a whole literal, or an id that is unique in the schema."""
        uid = parse_uid(name) if '::"' in name else None
        if uid is not None and (uid in self.actions or not self.has_schema):
            return uid
        found = self._actions_by_id.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            return Unknown("ambiguous-action", f"`{name}` is the id of {len(found)} actions", _one_of(found))
        if not self.has_schema:
            return Unknown("unknown-action", f"`{name}` is no action literal", 'without a schema write `Type::"id"`')
        if any(name in {group.id, str(group)} for group in self.groups):
            return Unknown("action-group", f"`{name}` is a group of actions", "name the actions themselves")
        return Unknown("unknown-action", f"unknown action `{name}`", did_you_mean(name, self._actions_by_id))

    def policy(self, name: str) -> PolicyId | Unknown:
        """The policy that `name` means: a whole id, or a last part that is unique in the app."""
        if name in self.policies:
            return PolicyId(name)
        found = self._policies_by_name.get(name, [])
        if len(found) == 1:
            return found[0]
        if found:
            return Unknown("ambiguous-policy", f"`{name}` is the name of {len(found)} policies", _one_of(found))
        known = (*self.policies, *self._policies_by_name)
        return Unknown("unknown-policy", f"unknown policy `{name}`", did_you_mean(name, known))


def vocabulary_of(program: CedarProgram) -> Vocabulary:
    """The vocabulary of a Cedar app. Templates decide only through their links, so suites cannot name them."""
    declared = program.schema.actions if program.schema else {}
    concrete = frozenset(uid for uid, action in declared.items() if action.principals and action.resources)
    return Vocabulary(
        app=AppId(program.app),
        actions=concrete,
        groups=frozenset(declared) - concrete,
        policies=frozenset((*(p.ref.policy for p in program.static), *(link.ref.policy for link in program.links))),
        has_schema=program.schema is not None,
    )


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The nearest known name as a question, else a short list."""
    names = sorted(set(known))
    # Comparing is slow, and a hostile suite can bring ten thousand names: only those of about the same length are compared.
    alike = [other for other in names if abs(len(other) - len(name)) <= 3][:MAX_COMPARED]
    near = get_close_matches(name[:MAX_NAME], alike, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"known: {', '.join(names[:8])}{', …' if len(names) > 8 else ''}" if names else None


def _one_of(found: Iterable[object]) -> str:
    return f"write one of: {', '.join(map(str, found))}"
