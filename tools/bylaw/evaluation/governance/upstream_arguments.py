"""Constraints on arguments as the original checks them: six keywords, one level deep, nothing where there are no arguments."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from bylaw.evaluation.governance.decisions import ArgumentError
from bylaw.evaluation.governance.fingerprints import plain
from bylaw.languages.governance.model import Schema
from bylaw.languages.portable_regex import PortableRegex, compile_regex
from bylaw.model.dialects import Dialect

Plain: TypeAlias = Mapping[str, object]
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
NAMES: Mapping[type, str] = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}


def compile_upstream(schema: Schema) -> Callable[[Plain], Sequence[ArgumentError]]:
    """What checks plain arguments; what the original ignores is ignored.

    Raises:
        RegexError: a pattern is not of the portable subset.
    """
    whole = cast("Plain", plain(schema))
    required = cast("Sequence[str]", whole.get("required", ()))
    properties = cast("Mapping[str, Plain]", whole.get("properties", {}))
    patterns = {
        name: compile_regex(field["pattern"], Dialect.UPSTREAM)
        for name, field in properties.items()
        if isinstance(field.get("pattern"), str)
    }

    def check(arguments: Plain) -> Sequence[ArgumentError]:
        """Raises TypeError where the original crashes."""
        if not arguments:
            return ()
        missing = [
            ArgumentError(n, "required", "required", None, f"{n}: required") for n in required if n not in arguments
        ]
        present = ((name, field) for name, field in properties.items() if name in arguments)
        wrong = (error for name, field in present for error in _field(name, arguments[name], field, patterns.get(name)))
        return [*missing, *wrong]

    return check


def _field(name: str, value: object, field: Plain, pattern: PortableRegex | None) -> Iterator[ArgumentError]:
    expected = field.get("type")
    if expected and expected in TYPES and not _is_of(value, cast("str", expected)):  # a list of types is not hashable
        yield _violation(
            name, "type", str(expected), f"expected {expected}, got {NAMES.get(type(value), 'null')}", value
        )
        return
    if isinstance(value, int | float) and not isinstance(value, bool):
        minimum, maximum = field.get("minimum"), field.get("maximum")
        if minimum is not None and value < cast("float", minimum):
            yield _violation(name, "minimum", str(minimum), f"below {minimum}", value)
        if maximum is not None and value > cast("float", maximum):
            yield _violation(name, "maximum", str(maximum), f"above {maximum}", value)
    values = cast("Sequence[object] | None", field.get("enum"))
    if values is not None and value not in values:
        shown = f"[{', '.join(map(str, values))}]"
        yield _violation(name, "enum", shown, f"not one of {shown}", value)
    if pattern is not None and isinstance(value, str) and not pattern.found_in(value):
        yield _violation(name, "pattern", pattern.pattern, f"does not match {pattern.pattern}", value)


def _is_of(value: object, expected: str) -> bool:
    is_flag = isinstance(value, bool) and expected in {"number", "integer"}
    return isinstance(value, TYPES[expected]) and not is_flag


def _violation(name: str, keyword: str, expected: str, text: str, value: object) -> ArgumentError:
    return ArgumentError(name, keyword, expected, NAMES.get(type(value), "null"), f"{name}: {text}")
