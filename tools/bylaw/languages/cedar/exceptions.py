"""Exceptions from forbids: a clause that the forbid does not hold for somebody until a time.

Where the schema has `context.system.now`, the clause names the time, and ends by itself. Elsewhere the clause is there until
whoever deploys sees that the time is over.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from bylaw.languages.cedar.ast import Clause
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.uids import parse_uid
from bylaw.languages.cedar.validate import policy_problems
from bylaw.languages.exceptions import PolicyException
from bylaw.model.diagnostics import Diagnostic
from bylaw.model.errors import InternalError

CLOCK: Final = "context.system.now"


def with_exceptions(program: CedarProgram) -> CedarProgram:
    """The program as it is deployed: each forbid with the exceptions from it."""
    if not program.exceptions:
        return program
    policies = tuple(_excepted(policy, program) for policy in program.policies)
    return replace(program, policies=policies)


def _excepted(policy: CedarPolicy, program: CedarProgram) -> CedarPolicy:
    clauses = [_clause(one, policy, program.schema) for one in program.exceptions if one.policy == policy.ref.policy]
    if not clauses:
        return policy
    return replace(policy, statement=policy.statement._replace(clauses=(*policy.statement.clauses, *clauses)))


def _clause(exception: PolicyException, policy: CedarPolicy, schema: Schema | None) -> Clause:
    text = f"forbid (principal, action, resource) unless {{ {condition(exception, policy, schema)} }};"
    statement = parse_statement(text, exception.path).statement
    if statement is None:
        raise InternalError(f"the clause of an exception cannot be read: {text}")
    end = policy.statement.end
    return statement.clauses[0]._replace(start=end, end=end)


def condition(exception: PolicyException, policy: CedarPolicy, schema: Schema | None) -> str:
    """For whom, for what and until when the forbid does not hold."""
    document = exception.document
    parts = [f"principal == {parse_uid(document.agent or '')}"]
    if document.actions is not None:
        actions = ", ".join(str(parse_uid(action)) for action in document.actions)
        parts.append(f"[{actions}].contains(action)")
    if document.expires_at is not None and has_clock(policy, schema):
        parts.append(is_before(document.expires_at))
    return " && ".join(parts)


def is_before(moment: datetime) -> str:
    """Whether a request comes before a moment."""
    return f"{CLOCK} < datetime({quote(moment.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ'))})"


def has_clock(policy: CedarPolicy, schema: Schema | None) -> bool:
    """Whether every request that the policy is about says what time it is."""
    if schema is None:
        return False
    clause = f'unless {{ {CLOCK} < datetime("1970-01-01T00:00:00Z") }}'
    return policy_problems(_with_text(policy, clause), schema) == 0


def _with_text(policy: CedarPolicy, clause: str) -> CedarPolicy:
    """The policy with a further clause, as a text of its own."""
    bare = policy.statement._replace(clauses=())
    return replace(policy, text=canonical_text(bare).rstrip().removesuffix(";") + f" {clause};")


def exception_problems(program: CedarProgram) -> Iterator[Diagnostic]:
    """Exceptions that Cedar cannot express, or that do not fit the schema."""
    for exception in program.exceptions:
        policy = program.by_id[exception.policy]
        problems = tuple(_inexpressible(exception, policy))
        yield from problems
        if not problems and policy_problems(
            _with_text(policy, f"unless {{ {condition(exception, policy, program.schema)} }}"), program.schema
        ):
            message = (
                "the exception does not fit the schema: its agent and actions must be ones that the policy is about"
            )
            yield Diagnostic("exception-policy", message, exception.place("agent"), "correct `agent` and `actions`")


def _inexpressible(exception: PolicyException, policy: CedarPolicy) -> Iterator[Diagnostic]:
    document = exception.document
    if policy.statement.effect != "forbid" or policy.statement.is_template:
        message = f"`{exception.policy}` is no forbid, and there is nothing to lift"
        yield Diagnostic("exception-policy", message, exception.place("policy"), "name the forbid that is in the way")
    for field, value in (("run", document.run), ("rules", document.rules), ("max_uses", document.max_uses)):
        if value is not None:
            message = f"Cedar cannot count or compare `{field}`"
            yield Diagnostic("exception-policy", message, exception.place(field), "give `agent` and `expires_at`")
    for field, texts in (("agent", (document.agent or "",)), ("actions", document.actions or ())):
        for text in texts:
            if parse_uid(text) is None:
                message = f"`{text}` is no entity"
                yield Diagnostic("bad-entity", message, exception.place(field), 'write it as `Type::"id"`')
    if document.expires_at is None:
        message = "an exception from a Cedar policy has no `expires_at`"
        yield Diagnostic("exception-policy", message, exception.place("policy"), "say when it ends")
