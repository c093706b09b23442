"""`agentcore:` of a target in `bylaw.yaml`: which policy engines of Amazon Bedrock AgentCore it means, and how they are written."""

import re
from datetime import date
from ipaddress import ip_address
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from bylaw.repository.documents.base import Document

MAX_TEMPLATE_TEXT: Final = 32
"""Characters of an engine name template beside `{app}`, so that at least sixteen of the service's 48 are left for the app."""

ValidationMode = Literal["FAIL_ON_ANY_FINDINGS", "IGNORE_ALL_FINDINGS"]
GatewayMode = Literal["LOG_ONLY", "ENFORCE"]
Finding = Literal["overly-permissive", "overly-restrictive", "ineffective"]

_TEMPLATE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*|(?:[A-Za-z][A-Za-z0-9_]*)?\{app\}[A-Za-z0-9_]*")
_TAG_TEXT: Final = r"^[a-zA-Z0-9\s._:/=+@-]*$"
_PARTITION: Final = r"arn:aws(-[a-z]+)*"
_REGION: Final = r"[a-z]{2,4}(-[a-z]+)+-[0-9]"
_GATEWAY_ID: Final = r"[0-9a-z]+(-[0-9a-z]+)*-[0-9a-z]{10}"


def _engine_template(text: str) -> str:
    if _TEMPLATE.fullmatch(text) is None or "__" in text:
        msg = (
            f"`{text}` is no engine name: letters, digits and single `_` from a letter on, with `{{app}}` at most once"
        )
        raise ValueError(msg)
    if len(text.replace("{app}", "")) > MAX_TEMPLATE_TEXT:
        msg = f"`{text}` leaves no room for the app: at most {MAX_TEMPLATE_TEXT} characters beside `{{app}}`"
        raise ValueError(msg)
    return text


def _endpoint(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        msg = "not the URL of an endpoint, `https://host[:port][/path]`"
        raise ValueError(msg)
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        msg = f"`{parts.hostname}` is reached over plain http; only this machine may be"
        raise ValueError(msg)
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


EngineTemplate = Annotated[str, AfterValidator(_engine_template)]
Endpoint = Annotated[str, AfterValidator(_endpoint)]
Gateway = Annotated[
    str,
    StringConstraints(
        pattern=rf"^({_PARTITION}:bedrock-agentcore:{_REGION}:[0-9]{{12}}:gateway/)?{_GATEWAY_ID}$", max_length=256
    ),
]
"""A gateway by ARN or id."""
KeyArn = Annotated[
    str,
    StringConstraints(pattern=r"^arn:aws(-cn|-us-gov)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:key/[a-zA-Z0-9-]{36}$"),
]
TagKey = Annotated[str, StringConstraints(pattern=_TAG_TEXT, min_length=1, max_length=128)]
TagValue = Annotated[str, StringConstraints(pattern=_TAG_TEXT, max_length=256)]


class FindingWaiver(Document):
    """Accepts what the service's own analysis finds about some policies, for a reason that someone answers for.

    The service cannot ignore one kind of finding: as long as a waiver counts, the policy is sent with `IGNORE_ALL_FINDINGS`.
    """

    policies: tuple[str, ...] = Field(min_length=1, description="globs over `app/policy`")
    finding: Finding = Field(description="the kind of finding that was reviewed")
    reason: Annotated[str, StringConstraints(min_length=10)]
    by: Annotated[str, StringConstraints(min_length=1)] = Field(description="who answers for it")
    until: date = Field(description="last day on which it counts")


class AgentCoreTarget(Document):
    """How a target of backend `agentcore` is reached, and what is written there."""

    region: Annotated[str, StringConstraints(pattern=rf"^{_REGION}$")]
    endpoint_url: Endpoint | None = Field(
        default=None, description="another endpoint than the region's, for rehearsals"
    )
    metrics_url: Endpoint | None = Field(
        default=None, description="another CloudWatch endpoint than the region's, for rehearsals"
    )
    engine: EngineTemplate = Field(
        default="{app}",
        description="name of the policy engine, with `{app}` for the app; only engines named so are read or written",
    )
    gateway: Gateway | None = Field(default=None, description="gateway whose attachment and mode are watched")
    manage_gateway: bool = Field(default=False, description="whether the gateway's attachment and mode may be written")
    gateway_mode: GatewayMode | None = Field(default=None, description="the mode that the gateway shall be in")
    validation: ValidationMode = Field(default="FAIL_ON_ANY_FINDINGS", description="what a finding of the service does")
    finding_waivers: tuple[FindingWaiver, ...] = ()
    writes_per_second: float = Field(
        default=5, gt=0, le=1000, description="policy writes, each kind; engines take a fifth of it"
    )
    reads_per_second: float = Field(default=5, gt=0, le=1000, description="reads, each kind")
    tags: dict[TagKey, TagValue] = Field(default_factory=dict, max_length=40, description="for engines that we create")
    kms_key: KeyArn | None = Field(default=None, description="ARN of the KMS key for engines that we create")
    converge_seconds: int = Field(
        default=600,
        ge=0,
        le=7200,
        description="how long a new gateway may refuse policies before that counts as failure",
    )

    @model_validator(mode="after")
    def _endpoint_is_public(self) -> Self:
        """Checked here because a complaint about one value repeats it."""
        for name, url in {"endpoint_url": self.endpoint_url, "metrics_url": self.metrics_url}.items():
            if url is not None and "@" in urlsplit(url).netloc:
                msg = f"`{name}` holds no credentials; they come from the AWS configuration"
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _gateway_is_whole(self) -> Self:
        if self.gateway is None and (self.manage_gateway or self.gateway_mode is not None):
            msg = "`manage_gateway` and `gateway_mode` need a `gateway`"
            raise ValueError(msg)
        if self.manage_gateway and self.gateway_mode is None:
            msg = "`manage_gateway` needs a `gateway_mode`"
            raise ValueError(msg)
        if self.manage_gateway and "{app}" in self.engine:
            msg = "a gateway uses one engine: `manage_gateway` needs an `engine` without `{app}`"
            raise ValueError(msg)
        return self

    @property
    def gateway_id(self) -> str | None:
        """The gateway's id, whichever way it is named."""
        return None if self.gateway is None else self.gateway.rpartition("/")[2]
