"""AgentCore's members as the Policy API has them, and back. Nothing in them is trusted: what cannot be understood is an error."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from bylaw.backends.interface import BackendTerminalError
from bylaw.server.policy_api.models import AssetAnswer, EngineAnswer, GenerationAnswer, PolicyAnswer
from bylaw.server.policy_api.provider import Slice

Translated = TypeVar("Translated")
MAX_PAGE: Final = 100
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def next_token(answer: Mapping[str, Any]) -> str | None:
    """Where the next page begins; none where there is no more."""
    token = answer.get("nextToken")
    return token if isinstance(token, str) and token else None


def engine_of(answer: Mapping[str, Any]) -> EngineAnswer:
    """One engine."""
    return EngineAnswer(
        policy_engine_id=str(answer["policyEngineId"]),
        name=str(answer.get("name", "")),
        description=str(answer.get("description") or ""),
        status=str(answer.get("status", "")),
        created_at=_time(answer, "createdAt"),
        updated_at=_time(answer, "updatedAt"),
        policy_engine_arn=answer.get("policyEngineArn"),
        status_reasons=_reasons(answer),
        encryption_key_arn=answer.get("encryptionKeyArn"),
    )


def policy_of(answer: Mapping[str, Any]) -> PolicyAnswer:
    """One policy; `definition` is its Cedar text, or the object that AgentCore has instead."""
    definition = answer.get("definition", {})
    statement = definition.get("cedar", {}).get("statement")
    return PolicyAnswer(
        policy_id=str(answer["policyId"]),
        policy_engine_id=str(answer.get("policyEngineId", "")),
        name=str(answer.get("name", "")),
        definition=statement if isinstance(statement, str) else dict(definition),
        description=str(answer.get("description") or ""),
        status=str(answer.get("status", "")),
        enforcement_mode=str(answer.get("enforcementMode", "ACTIVE")),
        created_at=_time(answer, "createdAt"),
        updated_at=_time(answer, "updatedAt"),
        policy_arn=answer.get("policyArn"),
        status_reasons=_reasons(answer),
    )


def generation_of(answer: Mapping[str, Any]) -> GenerationAnswer:
    """One generation."""
    return GenerationAnswer.model_validate(_snake(answer))


def asset_of(answer: Mapping[str, Any]) -> AssetAnswer:
    """One part of an outcome."""
    return AssetAnswer.model_validate(_snake(answer))


def understood(translate: Callable[[Mapping[str, Any]], Translated], answer: Mapping[str, Any]) -> Translated:
    """Translate what nobody has checked."""
    try:
        return translate(answer)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise BackendTerminalError("the answer of AgentCore cannot be understood") from None


def all_of(
    translate: Callable[[Mapping[str, Any]], Translated], answer: Mapping[str, Any], member: str
) -> list[Translated]:
    """Translate the items of a page."""
    return understood(lambda whole: [translate(item) for item in whole[member]], answer)


def _reasons(answer: Mapping[str, Any]) -> list[str] | None:
    reasons = answer.get("statusReasons")
    return [str(reason) for reason in reasons] if isinstance(reasons, list) else None


def _time(answer: Mapping[str, Any], member: str) -> datetime:
    found = answer.get(member)
    return found if isinstance(found, datetime) and found.tzinfo is not None else _EPOCH


def _snake(answer: Mapping[str, Any]) -> dict[str, object]:
    """The members as this API writes them: `policyArn` is `policy_arn`; times are text; transport details are left out."""
    return {_word(name): _value(value) for name, value in answer.items() if name != "ResponseMetadata"}


def _word(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


def _value(value: object) -> object:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def described(text: str | None) -> dict[str, str] | None:
    """The wrapper that tells clearing (it is empty) from keeping (it is absent)."""
    if text is None:
        return None
    return {"optionalValue": text} if text else {}


def page_of(part: Slice) -> dict[str, object]:
    """Which part of a listing is wanted; the service gives smaller pages than this API may be asked for."""
    return {"maxResults": min(part.limit, MAX_PAGE), "nextToken": part.token}
