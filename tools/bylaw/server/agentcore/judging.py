"""What the service finds wrong with a policy after it has taken it: text, schema, gateways, and findings of its analysis.

Reasons are told as `statusReasons`, in the forms that clients know: parse errors, schema errors, missing permission to call a
gateway, and findings by kind (`Overly Permissive`, `Overly Restrictive`, `Ineffective`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from bylaw.generation.derive import derive
from bylaw.generation.source import Source, read_tools
from bylaw.generation.tools import Options, Tool
from bylaw.languages.cedar.ast import ScopeAny, Statement
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.server.agentcore.kinds import Held

MAX_REASON: Final = 1000
_REF: Final = PolicyRef(AppId("engine"), PolicyId("policy"))


@dataclass(frozen=True, slots=True)
class World:
    """What a policy is judged by."""

    schema: Schema | None
    """Of all gateways that are attached to its engine; none where no gateway is, or their tools are not known."""
    unready: frozenset[str]
    """Ids of gateways that cannot be called yet."""


def judge(definition: Mapping[str, Any], world: World, *, findings: bool) -> tuple[str, ...]:
    """Why a policy cannot be in force; empty where it can."""
    member, content = next(iter(definition.items()))
    text = content["statement"]
    parsed = parse_statement(text, "statement")
    if parsed.statement is None:
        dialect = "" if member == "cedar" else " (this server evaluates plain Cedar only)"
        return tuple(_shown(f"Failed to parse policy{dialect}", problem) for problem in parsed.diagnostics[:5])
    if parsed.statement.is_template:
        return ("Failed to parse policy: templates are not supported",)
    closed = sorted(gateway for gateway in world.unready if f':gateway/{gateway}"' in text)
    if closed:
        return tuple(f"Insufficient permissions to call gateway {gateway}" for gateway in closed)
    problems = _schema_problems(text, parsed.statement, world.schema)
    if problems:
        return tuple(_shown("Policy validation failed", problem) for problem in problems[:5])
    return tuple(_findings(parsed.statement)) if findings else ()


def schema_of(targets: Sequence[Held]) -> Schema | None:
    """The schema that gateways derive from their targets; none where a target does not say what its tools are."""
    documents = [(target.name, _document(target.content["targetConfiguration"])) for target in targets]
    if not documents or any(document is None for _, document in documents):
        return None
    return _derived(tuple((name, document or "") for name, document in documents))


@lru_cache(maxsize=64)
def _derived(documents: tuple[tuple[str, str], ...]) -> Schema | None:
    tools: list[Tool] = []
    for name, document in documents:
        tools += read_tools(Source(name, document.encode(), name))[0]
    derived, _ = derive(tools, Options())
    return derived.schema if derived is not None else None


def _document(configuration: Mapping[str, Any]) -> str | None:
    """The tools that a target declares inline."""
    tools = configuration.get("mcp", {}).get("lambda", {}).get("toolSchema", {}).get("inlinePayload")
    if tools is not None:
        return json.dumps(tools)
    payload = configuration.get("mcp", {}).get("openApiSchema", {}).get("inlinePayload")
    return payload if isinstance(payload, str) else None


def _schema_problems(text: str, statement: Statement, schema: Schema | None) -> Sequence[Diagnostic]:
    if schema is None:
        return ()
    policy = CedarPolicy(_REF, "statement", text, statement)
    program = CedarProgram(
        app="engine",
        policies=(policy,),
        links=(),
        schema=schema,
        schema_path=None,
        entities_json="[]",
        entities_path=None,
    )
    return [
        problem
        for problem in validate_program(program)
        if problem.severity is Severity.ERROR and problem.code != "bad-annotation"
    ]


def _findings(statement: Statement) -> Iterator[str]:
    """What shows without automated reasoning: this server does not reason, so it finds less than the service does."""
    everybody, everything = (isinstance(scope, ScopeAny) for scope in (statement.principal, statement.action))
    if statement.clauses or not everybody:
        return
    if statement.effect == "permit":
        yield "Overly Permissive: the policy permits every principal without a condition"
    elif everything:
        yield "Overly Restrictive: the policy denies every action of every principal"


def _shown(what: str, problem: Diagnostic) -> str:
    where = f" at line {problem.span.start.line}, column {problem.span.start.column}" if problem.span else ""
    return f"{what}: {problem.message}{where}"[:MAX_REASON]


def named(definition: Mapping[str, Any], arn: str) -> bool:
    """Whether a policy names a resource."""
    return any(f'"{arn}"' in text for text in _texts(definition))


def _texts(definition: Mapping[str, Any]) -> Iterable[str]:
    return (content["statement"] for content in definition.values() if "statement" in content)
