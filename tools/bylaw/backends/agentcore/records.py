"""What the service answers, as typed values. An answer is checked before anything is made of it.

Shapes: `PolicyEngine`, `Policy` and `GetGatewayResponse` of the model of `bedrock-agentcore-control`, API version 2023-06-05.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from bylaw.backends.agentcore.names import OBJECT_ID
from bylaw.backends.engine_names import NAME
from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.statuses import ACTIVE, CREATE_FAILED, MAX_REASON, MAX_REASONS, readable
from bylaw.model.digests import Digest, digest_json

Answer = Mapping[str, Any]
"""A response as the SDK parsed it; nothing in it is trusted."""

GATEWAY_REFUSAL: Final = "Insufficient permissions to call gateway"
"""How the reason begins that a new gateway gives for minutes, and one without the permission for good."""

UNKNOWN_MEMBER: Final = "SDK_UNKNOWN_MEMBER"


@dataclass(frozen=True, slots=True)
class EngineRecord:
    """A policy engine."""

    id: str
    name: str
    arn: str
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyRecord:
    """A policy."""

    id: str
    engine_id: str
    name: str
    status: str
    reasons: tuple[str, ...]
    member: str
    """Which member of the definition's union is there: `cedar`, `policy`, or one that holds no text for us."""
    statement: str | None
    mode: str
    description: str
    updated_at: datetime

    @property
    def version(self) -> Digest:
        """There is no version in the API, so it is made of what can change, and of when it did."""
        at = self.updated_at.isoformat()
        return digest_json([self.name, self.member, self.statement, self.mode, self.description, at])

    @property
    def is_refused_by_gateway(self) -> bool:
        """Whether creating it failed because the gateway cannot be called, or not yet."""
        return self.status == CREATE_FAILED and any(reason.startswith(GATEWAY_REFUSAL) for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class GatewayRecord:
    """A gateway, as far as policies are concerned."""

    id: str
    status: str
    engine_arn: str | None
    mode: str | None
    settings: Answer
    """Everything that was answered, for writing it back."""
    unknown: tuple[str, ...]
    """Settings that the installed SDK does not know and would lose."""


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy to be created."""

    names: tuple[str, ...]
    """Its own, then the spare ones."""
    statement: str
    description: str
    mode: str
    validation: str


def engine_record(answer: Answer) -> EngineRecord:
    """Read an engine.

    Raises:
        BackendTerminalError: the answer is not one.
    """
    return EngineRecord(
        id=_matching(answer, "policyEngineId", OBJECT_ID.fullmatch),
        name=_matching(answer, "name", NAME.fullmatch),
        arn=_text(answer, "policyEngineArn"),
        status=_text(answer, "status"),
        reasons=_reasons(answer),
    )


def policy_record(answer: Answer) -> PolicyRecord:
    """Read a policy. A definition that holds no text for us is no error: the object is somebody else's.

    Raises:
        BackendTerminalError: the answer is not a policy.
    """
    member, statement = _definition(answer.get("definition"))
    return PolicyRecord(
        id=_matching(answer, "policyId", OBJECT_ID.fullmatch),
        engine_id=_matching(answer, "policyEngineId", OBJECT_ID.fullmatch),
        name=_matching(answer, "name", NAME.fullmatch),
        status=_text(answer, "status"),
        reasons=_reasons(answer),
        member=member,
        statement=statement,
        # Optional in answers; the service's default on creation is to enforce.
        mode=_text(answer, "enforcementMode", default=ACTIVE),
        description=_text(answer, "description", default=""),
        updated_at=_time(answer, "updatedAt"),
    )


def gateway_record(answer: Answer, unknown: tuple[str, ...]) -> GatewayRecord:
    """Read a gateway.

    Raises:
        BackendTerminalError: the answer is not one.
    """
    attached = answer.get("policyEngineConfiguration") or {}
    if not isinstance(attached, Mapping):
        raise _misshapen("policyEngineConfiguration")
    return GatewayRecord(
        id=_text(answer, "gatewayId"),
        status=_text(answer, "status"),
        engine_arn=_text(attached, "arn") if attached else None,
        mode=_text(attached, "mode") if attached else None,
        settings={name: value for name, value in answer.items() if name != "ResponseMetadata"},
        unknown=unknown,
    )


def _definition(value: object) -> tuple[str, str | None]:
    """Answer member and text. Of the members known today `cedar` and `policy` hold text; plain Cedar may stand in either."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return "", None
    ((member, content),) = value.items()
    if member in {"cedar", "policy"} and isinstance(content, Mapping) and isinstance(content.get("statement"), str):
        return member, content["statement"]
    if member == UNKNOWN_MEMBER and isinstance(content, Mapping):
        member = content.get("name", "")
    return readable(str(member), 60), None


def _reasons(answer: Answer) -> tuple[str, ...]:
    reasons = answer.get("statusReasons") or ()
    if not isinstance(reasons, list | tuple) or not all(isinstance(reason, str) for reason in reasons):
        raise _misshapen("statusReasons")
    return tuple(readable(reason, MAX_REASON) for reason in reasons[:MAX_REASONS])


def _text(answer: Answer, name: str, default: str | None = None) -> str:
    value = answer.get(name, default)
    if not isinstance(value, str):
        raise _misshapen(name)
    return value


def _matching(answer: Answer, name: str, matches: Any) -> str:  # noqa: ANN401 - a bound method of a pattern
    value = _text(answer, name)
    if not matches(value):
        raise _misshapen(name)
    return value


def _time(answer: Answer, name: str) -> datetime:
    value = answer.get(name)
    if not isinstance(value, datetime):
        raise _misshapen(name)
    # The SDK answers in the zone of the machine, which no two machines need have in common.
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _misshapen(name: str) -> BackendTerminalError:
    return BackendTerminalError(
        f"the service's answer has no usable `{name}`", help="check `endpoint_url`, and that boto3 is up to date"
    )
