"""The facts of a JSON Schema, once its references are followed and its `allOf` is merged.

Several schemas that hold at once are one: their properties side by side, an argument that any of them requires is required, their
types and choices in common. https://json-schema.org/draft/2020-12/json-schema-core, OpenAPI 3.0's `nullable` added.
"""

from collections.abc import Iterator, Sequence

from bylaw.generation.facts import (
    CONDITIONAL,
    MAX_REFERENCES,
    OPEN,
    TYPES,
    Budget,
    Facts,
    Property,
    Schema,
    SchemaProblemError,
)
from bylaw.generation.nodes import References, is_true, items, text, value
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic
from bylaw.repository.yaml_reader import Mapping, Node, Scalar
from bylaw.repository.yaml_reader import Sequence as List

_SHAPES = {
    "properties": (Mapping, "an object"),
    "required": (List, "a list"),
    "enum": (List, "a list"),
    "allOf": (List, "a list"),
    "anyOf": (List, "a list"),
    "oneOf": (List, "a list"),
    "prefixItems": (List, "a list"),
}


def collect(schemas: Sequence[Schema], references: References, budget: Budget) -> Facts:
    """The facts of schemas that hold at once.

    Raises:
        SchemaProblemError: a reference leads nowhere, out of the file, or in a circle; or the budget is spent.
    """
    collector = _Collector(Facts(schemas[0].node.span), references, budget)
    for schema in schemas:
        collector.take(schema)
    return collector.facts


class _Collector:
    def __init__(self, facts: Facts, references: References, budget: Budget) -> None:
        self.facts = facts
        self._references, self._budget = references, budget
        self._followed: set[str] = set()
        self._typed = False

    def take(self, schema: Schema) -> None:
        """Add one schema and all that it refers to or consists of."""
        todo = [schema]
        while todo:
            node, above = todo.pop()
            self._budget.spend(1, node.span)
            if isinstance(node, Mapping):
                self._budget.spend(len(node.items), node.span)
                todo += reversed(list(self._keywords(node, above)))
            elif value(node) is False:
                self.facts.never = True
            elif value(node) is not True:
                raise _bad("a JSON Schema is an object or a boolean", node)

    def _keywords(self, node: Mapping, above: frozenset[str]) -> Iterator[Schema]:
        """Add what `node` itself says; gives the schemas that hold as well."""
        for key, item in node.items:
            _demand_shape(str(key.value), item)
            match key.value:
                case "$ref":
                    yield from self._follow(item, above)
                case "allOf":
                    yield from (Schema(part, above) for part in items(item))
                case "anyOf" | "oneOf":
                    self.facts.unions.append(tuple(Schema(part, above) for part in items(item)))
                case "properties" | "items" | "prefixItems":
                    self._inner(key.value, item, above)
                case str(keyword):
                    self._own(keyword, item)

    def _inner(self, keyword: str, item: Node, above: frozenset[str]) -> None:
        """Add the schemas of members or elements."""
        if keyword == "properties":
            for name, schema in item.items if isinstance(item, Mapping) else ():
                self._budget.spend(1, name.span)
                found = self.facts.properties.setdefault(str(name.value), Property(name.span, []))
                found.schemas.append(Schema(schema, above))
        elif keyword == "items" and not isinstance(item, List):
            self.facts.items.append(Schema(item, above))
        else:
            self.facts.tuple_ = item.span

    def _own(self, keyword: str, item: Node) -> None:
        facts = self.facts
        match keyword:
            case "type":
                self._type(item)
            case "nullable":
                facts.nullable |= is_true(item)
            case "enum":
                self._choices(item)
            case "const":
                facts.const = item.span
            case "format":
                facts.format = facts.format or text(item)
            case "required":
                facts.required.update(name for entry in items(item) if (name := text(entry)) is not None)
            case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
                self._bound(item)
            case _ if keyword in OPEN and value(item) is not False:
                facts.open = item.span
            case _ if keyword in CONDITIONAL:
                facts.conditional = facts.conditional or (keyword, item.span)

    def _follow(self, node: Node, above: frozenset[str]) -> Iterator[Schema]:
        """What a reference points at; nothing where these facts hold that already."""
        reference = text(node)
        if reference is None:
            raise _bad("`$ref` is no string", node)
        if reference in above:
            message = f"{code(reference)} contains itself: a Cedar type has an end"
            raise SchemaProblemError(
                Diagnostic("cyclic-reference", message, node.span, "cut the recursion in the tool")
            )
        if reference in self._followed:
            return
        if len(above) >= MAX_REFERENCES:
            message = f"more than {MAX_REFERENCES} references inside one another"
            raise SchemaProblemError(Diagnostic("deep-schema", message, node.span, "flatten the schema"))
        target = self._references.target(reference)
        if target is None:
            outside = not reference.startswith("#")
            kind = "remote-reference" if outside else "unknown-reference"
            message = f"{code(reference)} {'is outside of' if outside else 'points at nothing in'} this schema"
            raise SchemaProblemError(Diagnostic(kind, message, node.span, "put what it means into the schema"))
        self._followed.add(reference)
        yield Schema(target, above | {reference})

    def _type(self, node: Node) -> None:
        named = [text(item) for item in items(node)] if isinstance(node, List) else [text(node)]
        unknown = [item for item in named if item not in TYPES]
        if unknown or not named:
            shown = code(str(value(node))) if isinstance(node, Scalar) else "this list"
            message = f"{shown} is no type of JSON Schema"
            raise SchemaProblemError(
                Diagnostic("unknown-type", message, node.span, f"types: {', '.join(sorted(TYPES))}")
            )
        own = tuple(dict.fromkeys(item for item in named if item is not None))
        facts = self.facts
        facts.listed = isinstance(node, List) and (facts.listed or not self._typed)
        self._typed = True
        facts.types = own if facts.types is None else _common(facts.types, own)

    def _choices(self, node: Node) -> None:
        self._budget.spend(len(items(node)), node.span)
        if not all(isinstance(item, Scalar) for item in items(node)):
            self.facts.const = node.span  # choices that are objects or lists: as little a type as a constant
            return
        own = [item.value for item in items(node) if isinstance(item, Scalar)]
        before = self.facts.choices
        # By type as well: Python takes 1, 1.0 and True for one value.
        known = None if before is None else {(type(choice), choice) for choice in before}
        self.facts.choices = [choice for choice in own if known is None or (type(choice), choice) in known]

    def _bound(self, node: Node) -> None:
        found = value(node)
        if isinstance(found, int | float) and not isinstance(found, bool):
            self.facts.bounds.append((found, node.span))


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Types that both allow; an integer is a number."""
    wide = {*other, "integer"} if "number" in other else set(other)
    narrow = [item for item in one if item in wide]
    if "number" in one and "integer" in other and "integer" not in narrow:
        narrow.append("integer")
    return tuple(item for item in narrow if not (item == "number" and item not in other))


def _demand_shape(keyword: str, node: Node) -> None:
    """Refuse a keyword whose value is of another kind: what it says would be lost."""
    kind, words = _SHAPES.get(keyword, (None, ""))
    if kind is not None and not isinstance(node, kind):
        raise _bad(f"`{keyword}` is not {words}", node)


def _bad(message: str, node: Node) -> SchemaProblemError:
    return SchemaProblemError(Diagnostic("bad-schema", message, node.span, "correct the schema"))
