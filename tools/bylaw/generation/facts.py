"""What a JSON Schema says of the type of a value: the vocabulary, the bounds, and the facts that `collecting` gathers."""

from dataclasses import dataclass, field
from typing import NamedTuple

from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import Span
from bylaw.repository.yaml_reader import Node

TYPES = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})
OPEN = ("additionalProperties", "unevaluatedProperties", "patternProperties")
"""Keywords that let an object have more members than `properties` names."""
CONDITIONAL = ("if", "dependentSchemas", "dependencies", "not")
"""Keywords that make the type depend on the value."""
BEARING = frozenset(
    {"type", "properties", "items", "prefixItems", "enum", "const", "$ref", "allOf", "anyOf", "oneOf", *OPEN}
)
"""Keywords that say something of the type. All others only narrow the values."""

MAX_STEPS = 500_000
"""Schemas and properties looked at in one run. A few lines of references can spell any number of them."""

MAX_REFERENCES = 100
"""References that lead to one schema."""


class SchemaProblemError(Exception):
    """A schema that no type can be made of."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Budget:
    """Counts the steps of one run."""

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self._left = steps

    def spend(self, steps: int, span: Span) -> None:
        """Take `steps`.

        Raises:
            SchemaProblemError: none are left.
        """
        self._left -= steps
        if self._left < 0:
            message = "too many arguments once every reference is replaced by what it points at"
            raise SchemaProblemError(
                Diagnostic("schema-too-large", message, span, "use fewer references, or fewer tools")
            )


class Schema(NamedTuple):
    """A schema, and the references that led to it: to meet one of them again inside it is a circle."""

    node: Node
    above: frozenset[str] = frozenset()


@dataclass(slots=True)
class Property:
    """One property, and every schema that it must satisfy."""

    span: Span
    schemas: list[Schema]


@dataclass(slots=True)
class Facts:
    """What several schemas that hold at once say of a type."""

    span: Span
    types: tuple[str, ...] | None = None
    """None where nothing says."""
    listed: bool = False
    """Whether every `type` is a list."""
    nullable: bool = False
    never: bool = False
    """No value satisfies them."""
    properties: dict[str, Property] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    choices: list[bool | int | float | str | None] | None = None
    const: Span | None = None
    format: str | None = None
    items: list[Schema] = field(default_factory=list)
    tuple_: Span | None = None
    unions: list[tuple[Schema, ...]] = field(default_factory=list)
    open: Span | None = None
    conditional: tuple[str, Span] | None = None
    bounds: list[tuple[int | float, Span]] = field(default_factory=list)

    @property
    def is_bare(self) -> bool:
        """Whether nothing but `anyOf` or `oneOf` says anything of the type."""
        shaped = self.properties or self.items or self.tuple_ or self.open or self.const
        return self.types is None and self.choices is None and not shaped
