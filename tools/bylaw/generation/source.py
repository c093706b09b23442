"""A file of tools, whatever its form, to the tools in it.

    {"tools": [...]}                                      the result of MCP `tools/list`
    {"jsonrpc": "2.0", "id": 1, "result": {"tools": ...}} its JSON-RPC envelope
    [...]                                                 tools alone, as a gateway target declares them inline
    {"targets": [{"name": ..., "tools": [...]}]}          a snapshot of the targets of a gateway
    {"openapi": "3.0.3", "paths": ...}                    an API, JSON or YAML (`bylaw.generation.openapi`)

Formats: https://modelcontextprotocol.io/specification/2025-06-18/server/tools and https://spec.openapis.org/oas/v3.1.0.html.
"""

import re
from dataclasses import dataclass

from bylaw.generation.json_reader import read_json
from bylaw.generation.nodes import members, text, value
from bylaw.generation.openapi import openapi_tools
from bylaw.generation.tools import SEPARATOR, Arguments, Tool
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.spans import LineIndex, Position, Span, whole_file
from bylaw.repository.text import MAX_FILE_BYTES
from bylaw.repository.yaml_reader import Mapping, Node, Sequence, YamlFile, read_yaml

MAX_JSON_BYTES = 4 << 20
"""A gateway's tools, and every API description that people maintain, are far below this."""
SEARCH_TOOL = "x_amz_bedrock_agentcore_search"
"""A gateway's own tool, which belongs to no target."""

# The pattern of `TargetName` in the service model of `bedrock-agentcore-control`, in linear time.
_TARGET = re.compile(r"(?:[0-9a-zA-Z]-?){1,100}+")


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it came."""

    path: str
    """How messages name it."""
    data: bytes
    target: str | None = None
    """The target whose tools these are; none where the file itself says so."""


def is_target_name(text: str) -> bool:
    """Whether a gateway target can be called so."""
    return _TARGET.fullmatch(text) is not None


def read_tools(source: Source) -> tuple[tuple[Tool, ...], Diagnostics]:
    """Every tool of `source` that can be read, and what is wrong or doubtful."""
    problems = Diagnostics()
    file = _read(source, problems)
    if file is None:
        return (), problems
    tools = _Reading(source, problems).document(file.root)
    if not tools and not problems.has_errors:
        problems.add(Diagnostic("no-tools", f"`{source.path}` declares no tool", file.root.span, "take another source"))
    return tuple(tools), problems


def source_text(data: bytes) -> str | None:
    """The text of a source without a byte order mark; none where it is not UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _read(source: Source, problems: Diagnostics) -> YamlFile | None:
    content = source_text(source.data)
    if content is None:
        problems.add(_not_text(source))
        return None
    is_json = content.lstrip(" \t\r\n")[:1] in {"{", "["}
    limit = MAX_JSON_BYTES if is_json else MAX_FILE_BYTES
    if len(source.data) > limit:
        message = f"`{source.path}` has {len(source.data):,} bytes, limit {limit:,}"
        problems.add(Diagnostic("file-too-large", message, whole_file(source.path), "split it: a file for each target"))
        return None
    file, found = (read_json if is_json else read_yaml)(content, source.path)
    problems.extend(found)
    return file


def _not_text(source: Source) -> Diagnostic:
    try:
        source.data.decode()
    except UnicodeDecodeError as error:
        before = source.data[: error.start].decode()
        at = LineIndex(before).position(len(before))
        message = f"`{source.path}` is not UTF-8: byte 0x{source.data[error.start]:02x}"
        span = Span(source.path, at, Position(at.line, at.column + 1))
        return Diagnostic("not-utf-8", message, span, "save the file as UTF-8")
    raise AssertionError


class _Reading:
    """Walks one document."""

    def __init__(self, source: Source, problems: Diagnostics) -> None:
        self._source, self._problems = source, problems

    def document(self, root: Node) -> list[Tool]:
        """The tools of a whole file."""
        if isinstance(root, Sequence):
            return self._tools(root, self._source.target)
        keys = members(root)
        if "openapi" in keys or "swagger" in keys:
            return self._api(root)
        if "targets" in keys:
            return self._targets(keys["targets"])
        if "error" in keys and "result" not in keys:
            self._problem("tools-refused", "the answer is a JSON-RPC error, not a list of tools", keys["error"])
            return []
        if "result" in keys and "tools" not in keys:
            keys = members(keys["result"])
        if "tools" not in keys:
            help_ = "give the result of MCP `tools/list`, an OpenAPI file, or the targets of a gateway"
            self._problem("unknown-source", "neither tools, nor targets, nor an API", root, help_)
            return []
        if value(keys.get("nextCursor")):
            help_ = "ask for the next page until there is no `nextCursor`, and join the pages"
            self._warn(
                "incomplete-list", "this is one page of a longer list: tools are missing", keys["nextCursor"], help_
            )
        return self._tools(keys["tools"], self._source.target)

    def _api(self, root: Node) -> list[Tool]:
        if self._source.target is None:
            help_ = f"name it: `--target NAME={self._source.path}`"
            self._problem("no-target", "an API does not say which gateway target offers it", root, help_)
            return []
        if not self._target_ok(self._source.target, root):
            return []
        return openapi_tools(root, self._source.target, self._problems)

    def _targets(self, node: Node) -> list[Tool]:
        found: list[Tool] = []
        if not isinstance(node, Sequence):
            self._problem("bad-tools", "`targets` is no list", node, 'write `{"targets": [{"name": …, "tools": […]}]}`')
            return found
        for item in node.items:
            keys = members(item)
            name, tools = text(keys.get("name")), keys.get("tools")
            if not name or tools is None:
                self._problem("bad-tools", "a target without `name` and `tools`", item, "give it both")
            elif self._target_ok(name, keys["name"]):
                found += self._tools(tools, name)
        return found

    def _tools(self, node: Node, target: str | None) -> list[Tool]:
        if not isinstance(node, Sequence):
            self._problem("bad-tools", "`tools` is no list", node, "give the result of MCP `tools/list`")
            return []
        return [tool for item in node.items if (tool := self._tool(item, target)) is not None]

    def _tool(self, node: Node, target: str | None) -> Tool | None:
        keys = members(node)
        name, schema = text(keys.get("name")), keys.get("inputSchema")
        if not name:
            self._problem("bad-tools", "a tool without a `name`", node, "name it")
            return None
        place = keys["name"]
        if not isinstance(schema, Mapping):
            message = f"the tool {code(name)} has no `inputSchema`"
            self._problem("bad-tools", message, place, 'declare its arguments; `{"type": "object"}` for none')
            return None
        if name == SEARCH_TOOL:
            message = f"{code(name)} is the gateway's own search, of no target: it is left out"
            self._warn("tool-of-gateway", message, place)
            return None
        of, named = self._parts(name, target)
        if of is None:
            help_ = f"name the target of the file: `--target NAME={self._source.path}`"
            self._problem("no-target", f"the tool {code(name)} does not say which target it is of", place, help_)
        elif self._target_ok(of, place):
            return Tool(of, named, (Arguments(schema, schema),), place.span)
        return None

    @staticmethod
    def _parts(name: str, target: str | None) -> tuple[str | None, str]:
        """Target and bare name of a tool: a list taken through a gateway has both in one."""
        prefix, separator, rest = name.partition(SEPARATOR)
        return (prefix, rest) if separator and rest and target in {None, prefix} else (target, name)

    def _target_ok(self, name: str, node: Node) -> bool:
        if is_target_name(name):
            return True
        help_ = "letters and digits, single hyphens between them, at most 100"
        self._problem("bad-target-name", f"{code(name)} cannot name a gateway target", node, help_)
        return False

    def _problem(self, kind: str, message: str, node: Node, help_: str | None = None) -> None:
        self._problems.add(Diagnostic(kind, message, node.span, help_))

    def _warn(self, kind: str, message: str, node: Node, help_: str | None = None) -> None:
        self._problems.add(Diagnostic(kind, message, node.span, help_, Severity.WARNING))
