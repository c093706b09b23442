"""JSON Schema types of arguments to Cedar types.

    string    String, or a type of its own with `enum`, or an extension type with `format` (`Options` decides both)
    integer   Long                    number   decimal
    boolean   Bool                    null     the entity type `Null`
    array     Set of its items        object   closed record; what is not in `required` is optional
    several   record with an optional member `typeChoice0`, `typeChoice1`, ... for each

What has no Cedar type is left out of the record, and what a gateway may map in another way is mapped as the open generator of the
Cedar project does (https://github.com/cedar-policy/cedar-for-agents). Either is flagged (`bylaw.generation.flags`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bylaw.generation.collecting import collect
from bylaw.generation.facts import BEARING, Budget, Facts, Schema, SchemaProblemError
from bylaw.generation.flags import Findings, Flag
from bylaw.generation.names import EntityTypes, Place
from bylaw.generation.nodes import References, members
from bylaw.generation.tools import EnumMapping, FormatMapping, Options
from bylaw.languages.cedar.schema import AttributeType, ExtensionType, PrimitiveType, RecordType, SetType, Type
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.spans import Span
from bylaw.repository.yaml_reader import Node

MAX_DEPTH = 40
"""Levels of one argument; a Cedar schema may nest 50, of which a few are around the arguments."""
FORMATS = {
    "date": "datetime",
    "date-time": "datetime",
    "decimal": "decimal",
    "duration": "duration",
    "ipv4": "ipaddr",
    "ipv6": "ipaddr",
}
_MAX_LONG = 2**63 - 1
_MAX_DECIMAL = 922337203685477.58
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
_STRING, _LONG, _BOOL = PrimitiveType("String"), PrimitiveType("Long"), PrimitiveType("Bool")


@dataclass
class Run:
    """What the types of one schema share."""

    options: Options
    findings: Findings = field(default_factory=Findings)
    budget: Budget = field(default_factory=Budget)
    _references: dict[int, References] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.entity_types = EntityTypes(self.options.namespace)

    def references(self, document: Node) -> References:
        """The references into `document`, indexed once for all tools in it."""
        # INVARIANT: the index holds its document, so the id stays this document's.
        return self._references.setdefault(id(document), References(document))


class Typer:
    """Makes types of the schemas in one document."""

    def __init__(self, run: Run, document: Node) -> None:
        self._run, self._references = run, run.references(document)

    def facts(self, schemas: Sequence[Schema]) -> Facts:
        """What `schemas` say, together.

        Raises:
            SchemaProblemError: no type can be made of them.
        """
        return collect(schemas, self._references, self._run.budget)

    def type_of(self, facts: Facts, place: Place, depth: int = 0) -> Type | None:
        """The type; none, flagged, where Cedar has none.

        Raises:
            SchemaProblemError: something inside is no schema, or too much.
        """
        if depth > MAX_DEPTH:
            message = f"{code('.'.join(place.path))} of {code(place.action)} nests deeper than {MAX_DEPTH} levels"
            raise SchemaProblemError(
                Diagnostic("deep-schema", message, facts.span, "flatten the arguments of the tool")
            )
        kinds = kinds_of(facts)
        if facts.never or facts.choices == [] or facts.types == ():
            return self._omit(Flag.IMPOSSIBLE, place, facts.span)
        if facts.conditional:
            self._flag(Flag.CONDITIONAL, place, facts.conditional[1], facts.conditional[0])
        if facts.is_bare and facts.unions:
            return self._alternatives(facts, place, depth)
        if any(_bears(branch) for union in facts.unions for branch in union):
            self._flag(Flag.UNION_BESIDE_TYPE, place, facts.span)
        if facts.const:
            self._flag(Flag.CONSTANT, place, facts.const, "its type is taken" if kinds else "it is left out")
        if not kinds:
            flag = Flag.MIXED_ENUM if facts.choices else Flag.UNTYPED
            return None if facts.const else self._omit(flag, place, facts.span)
        if facts.listed or facts.nullable:
            several = dict.fromkeys((*kinds, "null") if facts.nullable else kinds)
            return self._union([_only(facts, kind) for kind in several], place, facts.span, depth)
        return self._single(kinds[0], facts, place, depth)

    def record(self, facts: Facts, place: Place, depth: int = 0) -> RecordType:
        """The record of an object."""
        if facts.open and (facts.properties or not place.path):
            self._flag(Flag.ADDITIONAL, place, facts.open)
        attributes = []
        for name, property_ in sorted(facts.properties.items()):
            inside = place.inside(name)
            found = replace(self.facts(property_.schemas), span=property_.span)
            type_ = self.type_of(found, inside, depth + 1)
            if type_ is not None:
                attributes.append(AttributeType(name, type_, name in facts.required))
        for name in sorted(facts.required - facts.properties.keys()):
            self._flag(Flag.UNTYPED, place.inside(name), facts.span)
        return RecordType(tuple(attributes))

    def _alternatives(self, facts: Facts, place: Place, depth: int) -> Type | None:
        """The union that `anyOf` or `oneOf` spells; the first, where there are several."""
        bearing = [union for union in facts.unions if any(_bears(branch) for branch in union)]
        if not bearing:
            return self._omit(Flag.UNTYPED, place, facts.span)
        if len(bearing) > 1:
            self._flag(Flag.UNION_BESIDE_TYPE, place, facts.span)
        branches = bearing[0]
        found = [replace(self.facts((branch,)), span=facts.span) for branch in branches]
        if facts.nullable:
            found.append(_only(facts, "null"))
        return self._union(found, place, facts.span, depth)

    def _union(self, choices: Sequence[Facts], place: Place, span: Span, depth: int) -> Type | None:
        self._flag(Flag.UNION, place, span)
        attributes = []
        for number, facts in enumerate(choices):
            name = f"typeChoice{number}"
            type_ = self.type_of(facts, place.inside(name), depth + 1)
            if type_ is not None:
                attributes.append(AttributeType(name, type_, required=False))
        return RecordType(tuple(sorted(attributes, key=lambda item: item.name))) if attributes else None

    def _single(self, kind: str, facts: Facts, place: Place, depth: int) -> Type | None:
        match kind:
            case "string":
                return self._string(facts, place)
            case "integer":
                self._bounded(facts, place, _MAX_LONG, "64 bits")
                return _LONG
            case "number":
                self._bounded(facts, place, _MAX_DECIMAL, "what a decimal holds")
                return ExtensionType("decimal")
            case "boolean":
                return _BOOL
            case "array":
                return self._array(facts, place, depth)
            case "object":
                return self._object(facts, place, depth)
        self._flag(Flag.NULL, place, facts.span)
        return self._run.entity_types.null()

    def _string(self, facts: Facts, place: Place) -> Type | None:
        if facts.choices is not None:
            choices = tuple(dict.fromkeys(choice for choice in facts.choices if isinstance(choice, str)))
            if not choices:
                return self._omit(Flag.IMPOSSIBLE, place, facts.span)
            as_entity = self._run.options.enums is EnumMapping.ENTITY
            self._flag(Flag.ENUM, place, facts.span, "an entity type" if as_entity else "String")
            return self._run.entity_types.choice(place, choices) if as_entity else _STRING
        extension = FORMATS.get(facts.format or "")
        if extension is None:
            return _STRING
        extended = self._run.options.formats is FormatMapping.EXTENSION
        self._flag(Flag.FORMAT, place, facts.span, extension if extended else "String")
        return ExtensionType(extension) if extended else _STRING

    def _array(self, facts: Facts, place: Place, depth: int) -> Type | None:
        if facts.tuple_:
            return self._omit(Flag.TUPLE, place, facts.tuple_)
        if not facts.items:
            return self._omit(Flag.ITEMLESS, place, facts.span)
        found = replace(self.facts(facts.items), span=facts.span)
        element = self.type_of(found, place, depth + 1)
        return None if element is None else SetType(element)

    def _object(self, facts: Facts, place: Place, depth: int) -> Type | None:
        if not facts.properties and facts.open:
            return self._omit(Flag.MAP, place, facts.open)
        if not facts.properties:
            self._flag(Flag.MEMBERLESS, place, facts.span)
        return self.record(facts, place, depth)

    def _bounded(self, facts: Facts, place: Place, limit: float, what: str) -> None:
        beyond = next((span for bound, span in facts.bounds if not -limit - 1 <= bound <= limit), None)
        if beyond is not None:
            self._flag(Flag.RANGE, place, beyond, what)

    def _omit(self, flag: Flag, place: Place, span: Span) -> Type | None:
        """No type, and why."""
        self._flag(flag, place, span)
        return None

    def _flag(self, flag: Flag, place: Place, span: Span, detail: str = "") -> None:
        self._run.findings.flag(flag, place, span, detail)


def kinds_of(facts: Facts) -> tuple[str, ...]:
    """The JSON types of a value: as declared, else as the keywords imply; none where nothing says."""
    if facts.types is not None:
        return facts.types
    if facts.choices is not None:
        kinds = {_KINDS[type(choice)] for choice in facts.choices}
        kinds = {"number"} if kinds == {"integer", "number"} else kinds
        return tuple(kinds) if len(kinds) == 1 else ()
    if facts.properties or facts.open:
        return ("object",)
    return ("array",) if facts.items or facts.tuple_ else ()


def _bears(branch: Schema) -> bool:
    return bool(BEARING & members(branch.node).keys())


def _only(facts: Facts, kind: str) -> Facts:
    """The same facts for one of their types."""
    return replace(facts, types=(kind,), listed=False, nullable=False, unions=[], conditional=None, const=None)
