"""The JSON bodies of the Policy API. Requests are closed to unknown members; answers are exact."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

MAX_POLICY_BYTES: Final = 10_000
MAX_SCHEMA_BYTES: Final = 200_000
MAX_DESCRIPTION: Final = 4096
MAX_ENGINE_NAME: Final = 128
MAX_PAGE: Final = 1000
DEFAULT_PAGE: Final = 100


def _storable(text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        msg = "text holds a null character or half of a surrogate pair"
        raise ValueError(msg)
    return text


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Storable = AfterValidator(_storable)
Time = Annotated[AwareDatetime, PlainSerializer(_zulu, return_type=str, when_used="json")]
"""RFC 3339, in UTC with `Z`."""
PolicyBody = Annotated[str, StringConstraints(max_length=MAX_POLICY_BYTES), Storable]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION), Storable]
EngineName = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ENGINE_NAME), Storable]
PolicyName = Annotated[str, StringConstraints(min_length=1, max_length=200), Storable]
Config = Annotated[dict[str, Any], Field(max_length=50)]


class EnforcementMode(StrEnum):
    """Whether a policy decides, or is only reported."""

    ACTIVE = "ACTIVE"
    LOG_ONLY = "LOG_ONLY"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EngineCreate(_Request):
    """A new engine."""

    name: EngineName
    description: Description = ""
    config: Config = Field(default_factory=dict)
    """Passed on by the provider `agentcore` (`tags`, `encryptionKeyArn`), else ignored."""
    schema_: Annotated[str, StringConstraints(max_length=MAX_SCHEMA_BYTES), Storable] | None = Field(
        default=None, alias="schema"
    )
    """Cedar schema that every policy of the engine has to fit (extension)."""


class PolicyCreate(_Request):
    """A new policy; members beside `policy_body` and `description` are extensions."""

    policy_body: PolicyBody
    description: Description = ""
    name: PolicyName | None = None
    enforcement_mode: EnforcementMode | None = Field(default=None, strict=False)
    """Default: what the annotation `@enforcement` says, else ACTIVE."""


class PolicyUpdate(_Request):
    """What a policy shall be; absent or null members stay as they are."""

    policy_body: PolicyBody
    description: Description | None = None
    name: PolicyName | None = None
    enforcement_mode: EnforcementMode | None = Field(default=None, strict=False)


class GenerationStart(_Request):
    """A request to write policies from words."""

    config: Config = Field(default_factory=dict)


class EngineAnswer(_Answer):
    """An engine."""

    policy_engine_id: str
    name: str
    description: str
    status: str
    created_at: Time
    updated_at: Time
    schema_: str | None = Field(default=None, serialization_alias="schema")
    policy_engine_arn: str | None = None
    status_reasons: list[str] | None = None
    encryption_key_arn: str | None = None


class PolicyAnswer(_Answer):
    """A policy."""

    policy_id: str
    policy_engine_id: str
    name: str
    definition: str | dict[str, Any]
    """The Cedar text; an object where AgentCore holds another kind of definition."""
    description: str
    status: str
    enforcement_mode: str
    created_at: Time
    updated_at: Time
    revision: int | None = None
    """Grows with every change."""
    version: int | None = None
    """Grows with every change of the definition; earlier versions are kept."""
    policy_arn: str | None = None
    status_reasons: list[str] | None = None


class EnginesAnswer(_Answer):
    """One page of engines."""

    policy_engines: list[EngineAnswer]
    next_token: str | None


class PoliciesAnswer(_Answer):
    """One page of policies."""

    policies: list[PolicyAnswer]
    next_token: str | None


class GenerationAnswer(BaseModel):
    """A generation; members beside these are AgentCore's own."""

    model_config = ConfigDict(extra="allow")

    policy_generation_id: str
    policy_engine_id: str
    status: str
    created_at: str


class GenerationsAnswer(_Answer):
    """One page of generations."""

    policy_generations: list[GenerationAnswer]
    next_token: str | None


class AssetAnswer(BaseModel):
    """One part of a generation's outcome; the members are AgentCore's own."""

    model_config = ConfigDict(extra="allow")

    asset_id: str = ""
    policy_generation_id: str = ""
    content: str = ""


class AssetsAnswer(_Answer):
    """One page of assets."""

    policy_generation_assets: list[AssetAnswer]
    next_token: str | None


class EnforcementAnswer(_Answer):
    """Which engine decides where a request names none, and what of it is loaded."""

    active: bool
    engine_id: str | None
    mode: Literal["enforce", "off"]
    policies_loaded: int
    policies_total: int
    fingerprint: str | None
    loaded_at: Time | None
    stale: bool
    errors: list[str]


class Problem(_Answer):
    """Why a request failed."""

    detail: str


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    type: str
    loc: list[str | int]
    msg: str
    input: Any = None
    ctx: dict[str, str | int] | None = None


class ValidationProblem(_Answer):
    """What is wrong with a request."""

    detail: list[Fault]
