"""Strict validation of a whole program: one call of the engine for all its policies; one per policy only when something failed."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import cedarpy

from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.complaints import Complaint, diagnostics_of
from bylaw.languages.cedar.engine import engine_schema, sentence
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled
from bylaw.languages.cedar.schema import Schema
from bylaw.model.diagnostics import Diagnostic, Diagnostics


class _Unit(NamedTuple):
    """What is validated: a file's own text, or the policy a link stands for."""

    policy: CedarPolicy
    text: str
    link: CedarLink | None


def validate_program(program: CedarProgram) -> tuple[Diagnostic, ...]:
    """Everything the engine's strict validator refuses, located. Nothing is checked without a schema."""
    if program.schema is None:
        return ()
    problems = Diagnostics(_unfilled(program))
    units = [_Unit(policy, policy.text, None) for policy in program.policies]
    units += [_Unit(link.template, canonical_text(filled(link)), link) for link in program.links]
    schema = engine_schema(program.schema.text)
    if not units or cedarpy.validate_policies("\n".join(unit.text for unit in units), schema):
        return tuple(problems)
    for unit in units:
        for message in sorted({error.error for error in cedarpy.validate_policies(unit.text, schema).errors}):
            problems.extend(_located(unit, program.schema, schema, message))
    return tuple(problems)


def _unfilled(program: CedarProgram) -> Iterator[Diagnostic]:
    """Links whose values are not exactly the slots of their template."""
    for link in program.links:
        slots = {name for name in ("principal", "resource") if f"?{name}" in link.template.canonical}
        if slots != set(link.values):
            message = f"link `{link.ref.policy}` fills {_slots(set(link.values))}, the template has {_slots(slots)}"
            yield Diagnostic("link-slots", message, link.span, "give each slot of the template one value")


def _slots(names: set[str]) -> str:
    return ", ".join(f"`?{name}`" for name in sorted(names)) or "no slot"


def _located(unit: _Unit, schema: Schema, engine_schema: cedarpy.Schema, message: str) -> tuple[Diagnostic, ...]:
    if unit.link is not None:
        # The template itself is validated as a file; what only the link gets wrong is its values.
        own = cedarpy.validate_policies(unit.policy.text, engine_schema)
        if message in {error.error for error in own.errors}:
            return ()
        text = f"link `{unit.link.ref.policy}`: {sentence(message)}"
        return (
            Diagnostic(
                "bad-link", text, unit.link.span, "give it an entity of a type that the template's scope admits"
            ),
        )
    return diagnostics_of(Complaint(unit.policy, schema, message, partial(_clause_fails, unit.policy, engine_schema)))


def _clause_fails(policy: CedarPolicy, schema: cedarpy.Schema, index: int) -> bool:
    alone = policy.statement._replace(clauses=(policy.statement.clauses[index],))
    return not cedarpy.validate_policies(canonical_text(alone), schema)


def policy_problems(policy: CedarPolicy, schema: Schema | None) -> int:
    """How many errors the validator has with one policy; none without a schema."""
    if schema is None:
        return 0
    return len(cedarpy.validate_policies(policy.text, engine_schema(schema.text)).errors)
