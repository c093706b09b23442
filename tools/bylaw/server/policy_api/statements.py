"""What a policy's body has to be: one Cedar statement that fits the engine's schema. Else it is a 422 that says where and why."""

from typing import Final, NamedTuple

from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema_reader import read_schema
from bylaw.languages.cedar.validate import validate_program
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.effects import Effect, Mode
from bylaw.model.identifiers import AppId, PolicyId, PolicyRef
from bylaw.server.policy_api.models import MAX_POLICY_BYTES
from bylaw.server.problems import HttpProblemError, fault, invalid

LOC: Final = ("body", "policy_body")
_KINDS: Final = {"several-statements": "cedar_multiple_statements", "bad-annotation": "cedar_annotation"}
_REF: Final = PolicyRef(AppId("engine"), PolicyId("policy"))


class Statement(NamedTuple):
    """What a body says."""

    effect: Effect
    mode: Mode
    """As its annotation says."""


def read_body(text: str, schema: str | None) -> Statement:
    """Read a body; `schema` is the engine's."""
    size = len(text.encode())
    if size > MAX_POLICY_BYTES:
        raise invalid("string_too_long", LOC, f"policy has {size} bytes, at most {MAX_POLICY_BYTES} are possible", text)
    parsed = parse_statement(text, "policy_body")
    if parsed.statement is None:
        raise _refusal(text, parsed.diagnostics, "cedar_parse")
    if parsed.statement.is_template:
        raise invalid("cedar_template", LOC, "a template cannot decide: fill its slots", text)
    policy = CedarPolicy(_REF, "policy_body", text, parsed.statement)
    problems = _problems(policy, schema)
    if problems:
        raise _refusal(text, problems, "cedar_schema")
    return Statement(policy.effect, policy.mode)


def canonical_schema(text: str) -> str:
    """Check the schema of an engine, in Cedar or JSON form, and give it in Cedar form."""
    schema, problems = read_schema(text, "schema")
    if schema is None:
        entries = [_entry(text, problem, "cedar_schema", ("body", "schema")) for problem in problems[:20]]
        raise HttpProblemError(422, list(entries))
    return schema.text


def _problems(policy: CedarPolicy, schema: str | None) -> tuple[Diagnostic, ...]:
    read, _ = read_schema(schema, "schema") if schema is not None else (None, ())
    program = CedarProgram(
        app="engine",
        policies=(policy,),
        links=(),
        schema=read,
        schema_path=None,
        entities_json="[]",
        entities_path=None,
    )
    return tuple(filter(_counts, validate_program(program)))


def _counts(problem: Diagnostic) -> bool:
    """Whether a problem keeps a policy out. Of annotations, only one that leaves open whether the policy is in force does."""
    is_remark = problem.code == "bad-annotation" and not problem.message.startswith("`@enforcement`")
    return problem.severity is Severity.ERROR and not is_remark


def _refusal(text: str, problems: tuple[Diagnostic, ...], kind: str) -> HttpProblemError:
    return HttpProblemError(422, [_entry(text, problem, kind, LOC) for problem in problems[:20]])


def _entry(text: str, problem: Diagnostic, kind: str, loc: tuple[str, ...]) -> dict[str, object]:
    context: dict[str, str | int] = {"code": problem.code}
    if problem.span is not None:
        context |= {"line": problem.span.start.line, "column": problem.span.start.column}
    if problem.help is not None:
        context["help"] = problem.help[:200]
    return fault(_KINDS.get(problem.code, kind), loc, problem.message, text, context)
