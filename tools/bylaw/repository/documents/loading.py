"""Text to typed document: YAML, then the model, with every complaint at its line and column.

The JSON Schema that a model generates is also what a complaint about an unknown key consults for the nearest valid one.
"""

import json
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bylaw.model.diagnostics import Diagnostic
from bylaw.repository.documents.base import Document
from bylaw.repository.yaml_reader import Route, YamlFile, read_yaml

D = TypeVar("D", bound=Document)


def load_document(model: type[D], text: str, path: str) -> tuple[D | None, tuple[Diagnostic, ...]]:
    """Read `text` as a `model`; none with diagnostics where it is not one."""
    document, _, diagnostics = load_with_places(model, text, path)
    return document, diagnostics


def load_with_places(model: type[D], text: str, path: str) -> tuple[D | None, YamlFile | None, tuple[Diagnostic, ...]]:
    """Like `load_document`, with the tree that knows where each value stands."""
    file, diagnostics = read_yaml(text, path)
    if file is None:
        return None, None, diagnostics
    try:
        # Strict models take dates and tuples only from JSON, where no richer type exists.
        return model.model_validate_json(json.dumps(file.plain)), file, ()
    except ValidationError as error:
        found = (
            _diagnostic(model, file, details) for details in error.errors(include_url=False, include_context=False)
        )
        return None, file, tuple(dict.fromkeys(found))


def _diagnostic(model: type[Document], file: YamlFile, details: ErrorDetails) -> Diagnostic:
    route: Route = details["loc"]
    name = str(route[-1]) if route else ""
    where = ".".join(map(str, route[:-1]))
    inside = f" in `{where}`" if where else ""
    match details["type"]:
        case "extra_forbidden":
            near = get_close_matches(name, _known_keys(model, route[:-1]), n=1)
            remedy = f"did you mean `{near[0]}`?" if near else _list_of_keys(model, route[:-1])
            return Diagnostic("unknown-key", f"unknown key `{name}`{inside}", file.key_span(route), remedy)
        case "missing":
            return Diagnostic("missing-key", f"`{name}` is missing{inside}", file.span(route[:-1]), f"add `{name}:`")
        case _:
            return Diagnostic("invalid-value", f"`{'.'.join(map(str, route))}`: {_sentence(details)}", file.span(route))


def _sentence(details: ErrorDetails) -> str:
    """Pydantic's sentence in our style."""
    text = details["msg"].removeprefix("Value error, ")
    text = text[:1].lower() + text[1:]
    given = details.get("input")
    if isinstance(given, str | int | float) and len(str(given)) <= 80 and str(given) not in text:
        text += f", not `{given}`"
    return text


def _list_of_keys(model: type[Document], route: Route) -> str | None:
    keys = _known_keys(model, route)
    return f"valid keys: {', '.join(keys)}" if keys else None


def _known_keys(model: type[Document], route: Route) -> tuple[str, ...]:
    schemas: list[dict[str, Any]] = [_schema(model)]
    definitions = _schema(model).get("$defs", {})
    for step in route:
        schemas = [child for schema in schemas for child in _step(schema, step, definitions)]
    return tuple(
        sorted(
            {key for schema in schemas for part in _parts(schema, definitions) for key in part.get("properties", ())}
        )
    )


def _step(schema: dict[str, Any], step: str | int, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for part in _parts(schema, definitions):
        if isinstance(step, int):
            children = [part.get("items")]
        else:
            by_name = part.get("properties", {}).get(step)
            children = [by_name or part.get("additionalProperties"), *part.get("patternProperties", {}).values()]
        found.extend(child for child in children if isinstance(child, dict))
    return found


def _parts(schema: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema itself with references followed and alternatives laid side by side."""
    if "$ref" in schema:
        return _parts(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    alternatives = schema.get("anyOf", ())
    return [schema, *(part for alternative in alternatives for part in _parts(alternative, definitions))]


@cache
def _schema(model: type[Document]) -> dict[str, Any]:
    return model.model_json_schema()
