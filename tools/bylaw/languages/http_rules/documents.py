"""The file form of `http-rules`: what a YAML document may hold, before anything is checked that a schema cannot say."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from bylaw.repository.documents.base import Document

RULE_KINDS = ("allow", "deny", "limit")
"""The keys of which a rule has one."""

RuleName = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Text = Annotated[str, StringConstraints(max_length=256)]
Path = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Integer = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
MethodName = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]


class BodyMatcherDocument(Document):
    """What one place of a JSON body has to be; without an operator, it has to exist."""

    jsonpath: Path = Field(description="keys and list positions joined by dots, as `$.items.0.amount`")
    exact: Any = Field(default=None, description="equal to this value")
    in_: tuple[Any, ...] | None = Field(default=None, alias="in", min_length=1, description="equal to one of these")
    min: Integer | None = Field(default=None, description="a number, at least this")
    max: Integer | None = Field(default=None, description="a number, at most this")
    prefix: Text | None = Field(default=None, description="a string that begins with this")
    suffix: Text | None = Field(default=None, description="a string that ends with this")
    contains: Text | None = Field(default=None, description="a string that has this in it")
    regex: Text | None = Field(default=None, description="a string in which this is found")


class HeaderMatcherDocument(Document):
    """What the values of one header, joined by `, `, have to be; without an operator, it has to be there."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=128)] = Field(description="compared without case")
    exact: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    contains: str | None = None
    regex: Text | None = None
    present: bool | None = Field(default=None, description="whether it has to be there")


class MatcherDocument(Document):
    """Which requests a rule is about: those that every part holds for; `{}` is about all."""

    method: tuple[MethodName, ...] = Field(default=(), description="upper case; none: any")
    url: Annotated[str, StringConstraints(max_length=1024)] | None = Field(
        default=None, description="host and segments, `*` for one and `**` for any number; none: any"
    )
    body: BodyMatcherDocument | tuple[BodyMatcherDocument, ...] = ()
    headers: tuple[HeaderMatcherDocument, ...] = ()
    time_outside: str | None = Field(default=None, description="`HH:MM-HH:MM`: the rule holds outside of it")
    timezone: str | None = Field(default=None, description="`UTC` or `±HH:MM`, of `time_outside`")


class LimitDocument(Document):
    """How many requests may leave within any minute."""

    calls_per_minute: Annotated[int, Field(ge=1, le=2**31)]
    per: Literal["endpoint", "global", "body_field"] = Field(description="what shares one count")
    field: Path | None = Field(default=None, description="the path whose value has a count of its own")


class RuleDocument(Document):
    """One rule: a name, and one of `allow`, `deny`, `limit`."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [kind]} for kind in RULE_KINDS]})

    name: RuleName = Field(description="unique in the document")
    allow: MatcherDocument | None = None
    deny: MatcherDocument | None = None
    limit: LimitDocument | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds it is of, of which there should be one."""
        return tuple(kind for kind in RULE_KINDS if getattr(self, kind) is not None)


class InputDocument(Document):
    """A request of a case."""

    method: str = "GET"
    url: str
    headers: dict[str, str] | tuple[tuple[str, str], ...] = Field(
        default=(), description="names and values, as a mapping or as pairs"
    )
    body: Any = Field(default=None, description="text as it is sent, or any other JSON value")
    timestamp_ms: int | None = Field(default=None, ge=0, description="milliseconds since 1970")
    timestamp: str | None = Field(default=None, description="RFC 3339; one of the two, or 2026-03-31T12:00:00Z")


class ExpectDocument(Document):
    """What a case expects, in parts."""

    allowed: bool
    matched_rule: str | None = None
    matched_rule_kind: Literal["allow", "deny", "rate_limit", "default"] | None = None


class CaseDocument(Document):
    """One case of the `tests` block."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    input: InputDocument | None = None
    sequence: tuple[InputDocument, ...] = Field(
        default=(), description="requests that share one limiter; the last counts"
    )
    repeat: Annotated[int, Field(ge=1, le=10_000)] = Field(default=1, description="how often; the last counts")
    expect: Literal["allow", "deny", "rate_limit"] | ExpectDocument


class RulesDocument(Document):
    """The rules of one agent, or the guardrails of an organisation."""

    agent: str | None = Field(default=None, description="whose requests these are")
    description: str | None = None
    schema_version: Literal[1] | None = None
    default: Literal["allow", "deny"] = Field(description="what happens to a request that no rule matches")
    mode: Literal["enforce", "dry_run"] | None = Field(
        default=None, description="whether denials count; without it they do not"
    )
    rules: tuple[RuleDocument, ...]
    tests: tuple[CaseDocument, ...] = ()
