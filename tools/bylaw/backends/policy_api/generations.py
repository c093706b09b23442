"""Generations: policies that the service writes from words. Only AgentCore has them; elsewhere the server says so (501).

Shapes: `PolicyGeneration` and its assets of the model of `bedrock-agentcore-control`, in the spelling of the Policy API. What a
generation comes up with is a proposal: nothing of it is deployed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from bylaw.backends.interface import BackendTerminalError
from bylaw.backends.policy_api.client import PolicyApi, engine_path
from bylaw.backends.policy_api.engines import Engines
from bylaw.backends.policy_api.failures import UnsupportedError
from bylaw.backends.policy_api.records import identifier, is_identifier, mapping, misshapen, text
from bylaw.backends.statuses import readable
from bylaw.model.errors import UsageError

MAX_FINDINGS: Final = 100
MAX_FINDING: Final = 500
"""Characters of one finding that are kept."""


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """What shall be written."""

    name: str
    gateway_arn: str
    """The gateway whose tools the policies are about."""
    words: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One attempt at writing policies."""

    id: str
    engine: str
    name: str
    status: str
    """`GENERATING`, `GENERATED`, `GENERATE_FAILED` or `DELETE_FAILED`, in the service's words."""
    reasons: tuple[str, ...]
    findings: str


@dataclass(frozen=True, slots=True)
class Asset:
    """One policy that was proposed."""

    id: str
    words: str
    """The part of the request that it came from."""
    statement: str | None
    """None where the proposal is of a kind that holds no text for us."""
    findings: tuple[str, ...]


class Generations:
    """The generations of a target's engines. Each method raises UsageError for an engine that is not there, UnsupportedError where
    the server has no generations, and what every call may raise."""

    def __init__(self, api: PolicyApi, engines: Engines) -> None:
        self._api = api
        self._engines = engines

    def start(self, engine: str, wanted: GenerationRequest) -> Generation:
        """Begin to write policies. Not to be repeated blindly: each call begins another one."""
        resource = {"arn": wanted.gateway_arn}
        config = {"name": wanted.name, "resource": resource, "content": {"rawText": wanted.words}}
        name = "start a generation"
        return self._api.written(name, "POST", self._path(engine), {"config": config}, lambda a: _generation(a, engine))

    def listed(self, engine: str) -> tuple[Generation, ...]:
        """All of an engine, in the server's order."""
        answers = self._api.listed("list generations", self._path(engine), "policy_generations")
        return tuple(_generation(answer, engine) for answer in answers)

    def read(self, engine: str, generation_id: str) -> Generation:
        """One generation, as it is now.

        Raises:
            MissingError: there is none.
        """
        received = self._api.transport.read("read a generation", self._path(engine, generation_id))
        return _generation(received.body, engine)

    def assets(self, engine: str, generation_id: str) -> tuple[Asset, ...]:
        """What a generation has come up with."""
        path = f"{self._path(engine, generation_id)}/assets"
        answers = self._api.listed("list assets of a generation", path, "policy_generation_assets")
        return tuple(_asset(answer) for answer in answers)

    def are_supported(self, engine: str) -> bool:
        """Whether the server has the feature at all."""
        try:
            self.listed(engine)
        except UnsupportedError:
            return False
        return True

    def _path(self, engine: str, generation_id: str | None = None) -> str:
        home = self._engines.find(engine)
        if home is None:
            raise UsageError(f"there is no engine `{engine}`")
        path = f"{engine_path(home.id)}/generations"
        if generation_id is None:
            return path
        if not is_identifier(generation_id):
            raise UsageError("that is no id of a generation")
        return f"{path}/{quote(generation_id, safe='')}"


def _generation(answer: object, engine: str) -> Generation:
    members = mapping(answer, "generation")
    return Generation(
        id=identifier(members, "policy_generation_id"),
        engine=engine,
        name=readable(text(members, "name", default=""), MAX_FINDING),
        status=readable(text(members, "status", default=""), 60),
        reasons=_texts(members, "status_reasons"),
        findings=_finding(members.get("findings")),
    )


def _asset(answer: object) -> Asset:
    """Read an asset. Its declared members stay empty behind AgentCore, where others of that service hold the same."""
    members = mapping(answer, "asset")
    named = "policy_generation_asset_id" if members.get("policy_generation_asset_id") else "asset_id"
    content = members.get("content")
    return Asset(
        id=text(members, named, default=""),
        words=text(members, "raw_text_fragment", default=""),
        statement=_statement(members.get("definition")) or (content if isinstance(content, str) and content else None),
        findings=_texts(members, "findings"),
    )


def _statement(definition: object) -> str | None:
    if isinstance(definition, str):
        return definition
    if not isinstance(definition, dict) or len(definition) != 1:
        return None
    ((_, content),) = definition.items()
    found = content.get("statement") if isinstance(content, dict) else None
    return found if isinstance(found, str) else None


def _texts(members: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = members.get(name) or []
    if not isinstance(values, list):
        raise misshapen(name)
    return tuple(_finding(value) for value in values[:MAX_FINDINGS])


def _finding(value: object) -> str:
    """A finding in one line: a text, or an object with type and description."""
    if isinstance(value, dict):
        parts = (value.get("type"), value.get("description"))
        value = ": ".join(part for part in parts if isinstance(part, str) and part)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BackendTerminalError("the server's answer has no usable `findings`")
    return readable(value.encode("utf-8", "replace").decode(), MAX_FINDING)
