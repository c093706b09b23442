"""`policy_api:` of a target in `bylaw.yaml`: which server of the Policy API it means, how to log in, and which engines are ours."""

from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from bylaw.repository.documents.agentcore import Endpoint
from bylaw.repository.documents.agentcore import EngineTemplate as AgentCoreEngine
from bylaw.repository.documents.base import Document, Name

MAX_ENGINE_NAME: Final = 128
APP: Final = "{app}"

Provider = Literal["local", "noop", "agentcore"]
"""What keeps the policies behind the API: `bylaw serve` itself, a gateway's memory, or Amazon Bedrock AgentCore."""
Carrier = Literal["annotation", "description", "both"]

_AGENTCORE_ENGINE: Final[TypeAdapter[str]] = TypeAdapter(AgentCoreEngine)


def _engine_template(text: str) -> str:
    if text.count(APP) > 1 or not text.isprintable() or text != text.strip():
        msg = f"`{text}` is no engine name: one line without blanks around it, with `{{app}}` at most once"
        raise ValueError(msg)
    return text


EngineTemplate = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_ENGINE_NAME), AfterValidator(_engine_template)
]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=200)]
"""The name of an environment variable; never a secret itself."""


class AwsVariables(Document):
    """Environment variables with the AWS credentials that a server passes on to AgentCore."""

    access_key_id: Variable = "AWS_ACCESS_KEY_ID"
    secret_access_key: Variable = "AWS_SECRET_ACCESS_KEY"  # noqa: S105 - the name of a variable
    session_token: Variable = Field(default="AWS_SESSION_TOKEN", description="left out where it is not set")
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$")] | None = None


class PolicyApiTarget(Document):
    """How a target of backend `policy-api` is reached, and what is written there."""

    base_url: Endpoint = Field(description="the server, without `/api/v1/policy`")
    provider: Provider = Field(
        default="local", description="what keeps the policies: `bylaw serve`, a gateway's memory, or AgentCore"
    )
    engine: EngineTemplate = Field(
        default=APP, description="name of the engine, with `{app}` for the app; only engines named so are touched"
    )
    engines: dict[Name, EngineTemplate] = Field(
        default_factory=dict, max_length=1000, description="app to name of its engine, where `engine` does not fit"
    )
    create_engines: bool = Field(default=True, description="whether an engine that is missing is created")
    token_env: Variable | None = Field(default=None, description="environment variable with a bearer token")
    api_key_env: Variable | None = Field(default=None, description="environment variable with an API key")
    aws_env: AwsVariables | None = Field(
        default=None, description="AWS credentials to send along; for provider `agentcore`"
    )
    ca_file: str | None = Field(
        default=None, min_length=1, description="certificates to trust instead of the usual ones, as a PEM file"
    )
    carrier: Carrier | None = Field(
        default=None,
        description="where the mark stands; default: both, and for provider `agentcore` the description",
    )
    timeout_seconds: float = Field(default=30, gt=0, le=600, description="how long an answer may take")

    @model_validator(mode="after")
    def _base_is_public(self) -> Self:
        """Checked here because a complaint about one value repeats it."""
        if "@" in urlsplit(self.base_url).netloc:
            msg = "`base_url` holds no credentials; name a variable with `token_env` or `api_key_env`"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _one_way_to_log_in(self) -> Self:
        if self.token_env is not None and self.api_key_env is not None:
            msg = "`token_env` and `api_key_env` exclude each other: a server looks at the token only"
            raise ValueError(msg)
        if self.aws_env is not None and self.provider != "agentcore":
            msg = "`aws_env` is for provider `agentcore`: nobody else needs AWS credentials"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _engines_have_names(self) -> Self:
        """Names that whatever keeps the policies takes."""
        for name in self.engines.values():
            if APP in name:
                msg = f"`{name}` in `engines` stands for one app already, without `{{app}}`"
                raise ValueError(msg)
        for name in (self.engine, *self.engines.values()) if self.provider == "agentcore" else ():
            try:
                _AGENTCORE_ENGINE.validate_python(name)
            except ValidationError as error:
                raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        return self

    @property
    def marks_body(self) -> bool:
        """Whether the mark stands in an annotation of the policy."""
        return self._carrier != "description"

    @property
    def marks_description(self) -> bool:
        """Whether the mark stands in the description."""
        return self._carrier != "annotation"

    @property
    def _carrier(self) -> Carrier:
        return self.carrier or ("description" if self.provider == "agentcore" else "both")
