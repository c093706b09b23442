"""What the server answers, as typed values. Members that nobody knows are ignored; wrong types are errors.

Bodies: the Policy API of agentic-primitives-gateway 1.3.0, with what its provider for AgentCore and our own server add to them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.statuses import ACTIVE, MAX_REASON, MAX_REASONS, readable
from bylaw.model.digests import Digest, digest_json, digest_text

MAX_ID: Final = 256


@dataclass(frozen=True, slots=True)
class EngineRecord:
    """A policy engine."""

    id: str
    name: str
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy."""

    id: str
    engine_id: str
    statement: str | None
    """The text of its definition; none where the definition is of a kind that holds no text for us."""
    member: str
    """Which kind that is: `cedar`, `policy`, or the name of another member of AgentCore's union."""
    definition: Digest
    """Of the definition as it was answered, of whatever kind."""
    description: str
    status: str
    reasons: tuple[str, ...]
    mode: str | None
    """None where the server knows no modes."""
    updated: str
    """When, or how often it was changed, in the server's words; empty where it does not say."""

    @property
    def version(self) -> Digest:
        """There is no version in the API, so it is made of what can change."""
        return digest_json([self.engine_id, self.definition, self.description, self.mode, self.updated])


@dataclass(frozen=True, slots=True)
class Enforcement:
    """What decides on the server's other routes."""

    engine_id: str | None
    """None: nothing is enforced, whatever `active` says."""
    mode: str | None
    """In words of our own server; none from the original one, whose enforcer reads the first page of an engine only."""

    @property
    def reads_first_page_only(self) -> bool:
        """Whether policies beyond the first hundred are not enforced."""
        return self.engine_id is not None and self.mode is None


def engine_record(answer: object) -> EngineRecord:
    """Read an engine.

    Raises:
        BackendTerminalError: the answer is not one.
    """
    members = mapping(answer, "engine")
    return EngineRecord(
        id=identifier(members, "policy_engine_id"),
        name=text(members, "name", default=""),
        status=text(members, "status", default=ACTIVE),
        reasons=_reasons(members),
    )


def policy_record(answer: object) -> PolicyRecord:
    """Read a policy. A definition that holds no text for us is no error: the object is somebody else's.

    Raises:
        BackendTerminalError: the answer is not a policy.
    """
    members = mapping(answer, "policy")
    definition = members.get("definition")
    member, statement = _definition(definition)
    return PolicyRecord(
        id=identifier(members, "policy_id"),
        engine_id=identifier(members, "policy_engine_id"),
        statement=statement,
        member=member,
        definition=_digest(definition),
        description=text(members, "description", default=""),
        # A provider without statuses has everything in force at once.
        status=text(members, "status", default=ACTIVE),
        reasons=_reasons(members),
        mode=_optional(members, "enforcement_mode"),
        updated=f"{text(members, 'updated_at', default='')} {_number(members, 'revision')}".strip(),
    )


def enforcement(answer: object) -> Enforcement:
    """Read what is enforced.

    Raises:
        BackendTerminalError: the answer does not tell it.
    """
    members = mapping(answer, "enforcement")
    return Enforcement(_optional(members, "engine_id"), _optional(members, "mode"))


def text(members: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Read a string that can be stored; null is as good as absent.

    Raises:
        BackendTerminalError: there is none.
    """
    value = members.get(name)
    if value is None:
        value = default
    if not isinstance(value, str):
        raise misshapen(name)
    return _encodable(value)


def identifier(members: Mapping[str, Any], name: str) -> str:
    """Read an id: opaque, but something that can stand in a path.

    Raises:
        BackendTerminalError: it cannot.
    """
    value = members.get(name)
    if not isinstance(value, str) or not is_identifier(value):
        raise misshapen(name)
    return value


def is_identifier(value: str) -> bool:
    """Whether an id can stand as one segment of a path."""
    return 0 < len(value) <= MAX_ID and value.isprintable() and value not in {".", ".."}


def mapping(answer: object, what: str) -> Mapping[str, Any]:
    """Read an object.

    Raises:
        BackendTerminalError: it is something else.
    """
    if not isinstance(answer, dict):
        raise misshapen(what)
    return answer


def misshapen(name: str) -> BackendTerminalError:
    """Answer the error for an answer with an unusable member."""
    return BackendTerminalError(
        f"the server's answer has no usable `{name}`", help="check that `base_url` is a server of the Policy API"
    )


def _definition(value: object) -> tuple[str, str | None]:
    """Answer kind and text. A string is Cedar; of AgentCore's members those that hold text for us are `cedar` and `policy`."""
    if isinstance(value, str):
        return "cedar", None if _encodable(value) != value else value
    if not isinstance(value, dict) or len(value) != 1:
        return "", None
    ((member, content),) = value.items()
    statement = content.get("statement") if isinstance(content, dict) else None
    if member in {"cedar", "policy"} and isinstance(statement, str) and _encodable(statement) == statement:
        return member, statement
    return readable(str(member), 60), None


def _digest(value: object) -> Digest:
    try:
        return digest_text(json.dumps(value, sort_keys=True, ensure_ascii=True))
    except RecursionError:
        raise misshapen("definition") from None


def _reasons(members: Mapping[str, Any]) -> tuple[str, ...]:
    reasons = members.get("status_reasons") or ()
    if not isinstance(reasons, list | tuple) or not all(isinstance(reason, str) for reason in reasons):
        raise misshapen("status_reasons")
    return tuple(readable(_encodable(reason), MAX_REASON) for reason in reasons[:MAX_REASONS])


def _optional(members: Mapping[str, Any], name: str) -> str | None:
    return None if members.get(name) is None else text(members, name)


def _number(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, int) or isinstance(value, bool):
        raise misshapen(name)
    return str(value)


def _encodable(value: str) -> str:
    """JSON can spell halves of surrogate pairs, which no encoding can; they are shown as what cannot be shown."""
    return value.encode("utf-8", "replace").decode() if not value.isascii() else value
