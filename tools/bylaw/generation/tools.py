"""What the sources of a schema declare: tools with their arguments, before Cedar comes in."""

from dataclasses import dataclass
from enum import StrEnum

from bylaw.model.spans import Span
from bylaw.repository.yaml_reader import Node

SEPARATOR = "___"
"""Between target and tool in the name that a gateway gives a tool."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """A JSON Schema object whose properties are arguments of a tool."""

    schema: Node
    document: Node
    """What a `$ref` of the schema points into."""
    required: bool = True
    """Whether a call must bring them; where not, each of them is optional."""
    name: str | None = None
    """The argument that they are, where the schema is no object; none where it must be one."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool of a target. Several `Arguments` are one record: an HTTP operation has parameters and a body."""

    target: str
    name: str
    arguments: tuple[Arguments, ...]
    span: Span
    """Where its name stands."""

    @property
    def action(self) -> str:
        """The id of its action."""
        return f"{self.target}{SEPARATOR}{self.name}"


class EnumMapping(StrEnum):
    """What a string with `enum` becomes; which of the two a gateway does is not documented."""

    STRING = "string"
    ENTITY = "entity"


class FormatMapping(StrEnum):
    """What a string with a `format` that Cedar has a type for becomes; which of the two a gateway does is not documented."""

    STRING = "string"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class Options:
    """How a schema is derived."""

    namespace: str = "AgentCore"
    enums: EnumMapping = EnumMapping.STRING
    formats: FormatMapping = FormatMapping.STRING
