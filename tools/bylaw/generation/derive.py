"""Tools to the Cedar schema that an AgentCore gateway derives from them.

A namespace; the principal types `OAuthUser`, whose tags are the claims of its token, and `IamEntity`; the resource type
`Gateway`; an action for each tool, called `<Target>___<tool>`, in the groups `CallTool` (which is in `Mcp`) and `<Target>`; its
arguments under `context.input` and the time under `context.system.now`.
https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/policy-schema-constraints.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bylaw.generation.arguments import input_of
from bylaw.generation.tools import Options, Tool
from bylaw.generation.types import Run
from bylaw.generation.writer import is_plain, schema_text
from bylaw.languages.cedar.schema import (
    ActionDeclaration,
    AttributeType,
    EntityDeclaration,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
)
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.wording import code
from bylaw.model.diagnostics import Diagnostic, Diagnostics, Severity
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import EntityUid
from bylaw.repository.text import MAX_FILE_BYTES

CALL_TOOL, MCP = "CallTool", "Mcp"
GATEWAY_BYTES = 400_000
"""What a gateway takes of a derived schema; documented as 400 KB."""
_TAKEN = frozenset({CALL_TOOL, MCP, "UnknownTool"})
_SYSTEM = RecordType((AttributeType("now", ExtensionType("datetime"), required=True),))


@dataclass(frozen=True)
class Derived:
    """A schema as text and as the engine reads it."""

    text: str
    schema: Schema
    tools: int
    targets: int


def is_namespace(text: str) -> bool:
    """Whether a schema can have this namespace."""
    return all(is_plain(part) for part in text.split("::"))


def derive(tools: Iterable[Tool], options: Options) -> tuple[Derived | None, tuple[Diagnostic, ...]]:
    """The schema of `tools`, and what is wrong or doubtful; no schema with an error."""
    run = Run(options)
    problems = run.findings.problems
    unique = _unique(tools, run)
    _targets(unique, problems)
    inputs = {name: input_of(tool, run) for name, tool in unique.items()}
    if run.findings.left_out:
        message = f"{run.findings.left_out:,} more findings are not listed"
        problems.add(Diagnostic("more-findings", message, severity=Severity.NOTE))
    if problems.has_errors:
        return None, tuple(problems)
    derived = _checked(unique, {name: found for name, found in inputs.items() if found is not None}, run)
    return derived, tuple(problems)


def _unique(tools: Iterable[Tool], run: Run) -> dict[str, Tool]:
    """Tools by action, sorted. Gateways of one engine may share a target, so the same tool may come twice, but not two tools."""
    found: dict[str, Tool] = {}
    for tool in tools:
        other = found.setdefault(tool.action, tool)
        if other is not tool and _alone(tool, run) != _alone(other, run):
            message = f"{code(tool.action)} is declared with other arguments at {other.span}"
            remedy = "give one of the targets another name"
            run.findings.problems.add(Diagnostic("duplicate-tool", message, tool.span, remedy))
    return dict(sorted(found.items()))


def _alone(tool: Tool, run: Run) -> RecordType | None:
    """The arguments of a tool, nothing said of them."""
    return input_of(tool, Run(run.options, budget=run.budget))


def _targets(tools: dict[str, Tool], problems: Diagnostics) -> None:
    for tool in tools.values():
        if tool.target in _TAKEN:
            message = f"the target {code(tool.target)} is called like a group that every gateway has"
            problems.add(Diagnostic("target-name", message, tool.span, "rename the target", Severity.WARNING))


def _checked(tools: dict[str, Tool], inputs: dict[str, RecordType], run: Run) -> Derived | None:
    """The schema as the engine reads it back."""
    namespace, problems = run.options.namespace, run.findings.problems
    entities = (*_entities(namespace), *run.entity_types.declarations)
    actions = _actions(namespace, tools, inputs)
    text = schema_text(namespace, entities, actions)
    size = len(text.encode())
    if size > MAX_FILE_BYTES:
        message = f"the schema has {size:,} bytes, limit {MAX_FILE_BYTES:,}"
        problems.add(Diagnostic("schema-too-large", message, None, "generate a schema for each gateway"))
        return None
    if 10 * size >= 8 * GATEWAY_BYTES:
        message = f"the schema has {size:,} bytes; a gateway takes less than {GATEWAY_BYTES:,}"
        problems.add(Diagnostic("schema-size", message, None, "offer fewer tools on one gateway", Severity.WARNING))
    schema, refused = read_schema(text, "schema")
    if schema is None:
        if refused[0].code != "schema-too-large":
            raise InternalError(f"a derived schema does not read back: {refused[0].message}")
        problems.add(Diagnostic(refused[0].code, refused[0].message, None, refused[0].help))
        return None
    if set(schema.actions.values()) != set(actions) or set(schema.entities.values()) != set(entities):
        raise InternalError("a derived schema reads back as another")
    return Derived(text, schema, len(tools), len({tool.target for tool in tools.values()}))


def _entities(namespace: str) -> tuple[EntityDeclaration, ...]:
    string = PrimitiveType("String")
    identified = RecordType((AttributeType("id", string, required=True),))
    return (
        EntityDeclaration(f"{namespace}::OAuthUser", (), identified, string, None),
        EntityDeclaration(f"{namespace}::IamEntity", (), identified, None, None),
        EntityDeclaration(f"{namespace}::Gateway", (), RecordType(()), None, None),
    )


def _actions(namespace: str, tools: dict[str, Tool], inputs: dict[str, RecordType]) -> Sequence[ActionDeclaration]:
    empty = RecordType(())
    kind = f"{namespace}::Action"
    mcp, call_tool = EntityUid(kind, MCP), EntityUid(kind, CALL_TOOL)
    groups = {mcp: (), call_tool: (mcp,)} | {
        EntityUid(kind, target): () for target in sorted({tool.target for tool in tools.values()} - {MCP, CALL_TOOL})
    }
    declared = [ActionDeclaration(uid, above, (), (), empty) for uid, above in groups.items()]
    for name, tool in tools.items():
        context = (AttributeType("input", inputs[name], required=True), AttributeType("system", _SYSTEM, required=True))
        declared.append(
            ActionDeclaration(
                uid=EntityUid(kind, name),
                groups=tuple(sorted({call_tool, EntityUid(kind, tool.target)})),
                principals=(f"{namespace}::IamEntity", f"{namespace}::OAuthUser"),
                resources=(f"{namespace}::Gateway",),
                context=RecordType(context),
            )
        )
    return declared
