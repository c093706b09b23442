"""An OpenAPI 3.0 or 3.1 document to tools: an operation is a tool, named by its `operationId`.

Its arguments are its parameters by name, and the properties of its JSON body beside them. The vendor documents that operations
without an id are no tools and that only `application/json` is taken; how arguments are named is not documented, so each document
is flagged with a note. https://spec.openapis.org/oas/v3.1.0.html
"""

import re
from collections.abc import Iterator

from bylaw.generation.nodes import References, is_true, items, members, text, value
from bylaw.generation.tools import Arguments, Tool
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.repository.yaml_reader import Mapping, Node, Scalar, Sequence

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_VERSION = re.compile(r"3\.[01](\.\d{1,4})?")
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
# What OpenAPI says has no effect as a header parameter.
_OTHER_HEADERS = frozenset({"accept", "content-type", "authorization"})


def openapi_tools(root: Node, target: str, problems: Diagnostics) -> list[Tool]:
    """The tools of an API, in order of path and method."""
    keys = members(root)
    version = keys.get("openapi")
    if version is None or not _VERSION.fullmatch(str(value(version))):
        place = version or keys.get("swagger") or root
        message = f"no version of OpenAPI that is read: {code(str(value(place)))}"
        problems.add(Diagnostic("openapi-version", message, place.span, "convert it to OpenAPI 3.0 or 3.1"))
        return []
    reading = _Api(root, target, problems)
    tools = [
        tool for path, item in sorted(members(keys.get("paths")).items()) for tool in reading.operations(path, item)
    ]
    if tools:
        message = "how a gateway names the arguments of an operation is not documented"
        help_ = "compare with the `tools/list` of the gateway before you rely on it"
        problems.add(Diagnostic("openapi-arguments", message, version.span, help_, Severity.NOTE))
    return tools


class _Api:
    """Walks one API description."""

    def __init__(self, root: Node, target: str, problems: Diagnostics) -> None:
        self._root, self._target, self._problems = root, target, problems
        self._references = References(root)
        self._names: set[str] = set()

    def operations(self, path: str, item: Node) -> Iterator[Tool]:
        """The tools of one path."""
        found = self._resolved(item)
        if found is not None and not isinstance(found, Mapping):
            message = f"the path {code(path)} is no object"
            self._problems.add(Diagnostic("bad-path", message, found.span, "write its operations by method"))
        keys = members(found)
        for method in (method for method in METHODS if method in keys):
            operation = members(keys[method])
            name = self._name(operation, f"{method.upper()} {path}", keys[method])
            if name is not None:
                own = self._parameters(operation.get("parameters"))
                shared = self._parameters(keys.get("parameters"))
                parameters = self._record({**shared, **own}, keys[method])
                body = self._body(operation.get("requestBody"))
                yield Tool(self._target, name, (parameters, *body), operation["operationId"].span)

    def _name(self, operation: dict[str, Node], place: str, node: Node) -> str | None:
        """The name of the tool that an operation is; none where it is none."""
        name = text(operation.get("operationId"))
        if not name:
            message = f"{code(place)} has no `operationId`: it is no tool"
            self._warn("operation-without-id", message, node, "name it, if it is to be one")
            return None
        if name in self._names:
            message = f"two operations are called {code(name)}"
            span = operation["operationId"].span
            self._problems.add(Diagnostic("duplicate-tool", message, span, "give each an id of its own"))
        self._names.add(name)
        return name

    def _parameters(self, node: Node | None) -> dict[tuple[str, str], Node]:
        """Parameters by name and place: an operation's own stand in front of those of its path."""
        found = {}
        for item in items(node):
            parameter = self._resolved(item)
            if parameter is None:
                continue
            keys = members(parameter)
            name, place = text(keys.get("name")), text(keys.get("in"))
            if not name or not place:
                self._problems.add(
                    Diagnostic("bad-parameter", "a parameter without `name` and `in`", item.span, "give both")
                )
            elif not (place == "header" and name.lower() in _OTHER_HEADERS):
                found[name, place] = parameter
        return found

    def _record(self, parameters: dict[tuple[str, str], Node], operation: Node) -> Arguments:
        """Parameters as the properties of one object."""
        properties: dict[str, tuple[Scalar, Node]] = {}
        required: list[Node] = []
        for (name, place), parameter in sorted(parameters.items()):
            keys = members(parameter)
            if name in properties:
                message = f"two parameters are called {code(name)}: the one in `{place}` is left out"
                self._warn("argument-collision", message, keys["name"])
                continue
            span = keys["name"].span
            properties[name] = Scalar(name, span), self._parameter_schema(parameter)
            if place == "path" or is_true(keys.get("required")):
                required.append(Scalar(name, span))
        span = operation.span
        schema = Mapping(
            (
                (Scalar("type", span), Scalar("object", span)),
                (Scalar("properties", span), Mapping(tuple(properties.values()), span)),
                (Scalar("required", span), Sequence(tuple(required), span)),
            ),
            span,
        )
        return Arguments(schema, self._root)

    def _parameter_schema(self, parameter: Node) -> Node:
        keys = members(parameter)
        content = self._json_schema(keys.get("content"))
        return keys.get("schema") or content or Mapping((), parameter.span)

    def _body(self, node: Node | None) -> tuple[Arguments, ...]:
        if node is None:
            return ()
        body = members(self._resolved(node))
        schema = self._json_schema(body.get("content"))
        if schema is None:
            message = "the body of this operation is not JSON: it is left out"
            self._warn("body-not-json", message, node, "a gateway sends JSON only")
            return ()
        return (Arguments(schema, self._root, required=is_true(body.get("required")), name="body"),)

    @staticmethod
    def _json_schema(content: Node | None) -> Node | None:
        media = (item for name, item in sorted(members(content).items()) if _JSON.fullmatch(name))
        return next((schema for item in media if (schema := members(item).get("schema")) is not None), None)

    def _resolved(self, node: Node) -> Node | None:
        """What `node` refers to, through any number of references; itself where it refers to nothing; none where it fails."""
        seen: set[str] = set()
        while (reference := text(members(node).get("$ref"))) is not None:
            found = self._references.target(reference)
            if found is None or reference in seen:
                kind = "cyclic-reference" if found else "unknown-reference"
                message = f"{code(reference)} points at {'itself' if found else 'nothing in this file'}"
                self._problems.add(Diagnostic(kind, message, node.span, "put what it means into the file"))
                return None
            seen.add(reference)
            node = found
        return node

    def _warn(self, kind: str, message: str, node: Node, help_: str | None = None) -> None:
        self._problems.add(Diagnostic(kind, message, node.span, help_, Severity.WARNING))
