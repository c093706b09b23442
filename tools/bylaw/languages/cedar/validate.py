"""Strict validation of a whole program by the engine, every error at its place.

One call for all policies; only when something failed, each policy that failed is looked at by itself. Annotations that
bylaw gives a meaning to are checked as well, with or without a schema: a policy must not be in force, or out of it, by a
misspelt word.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cedarpy

from bylaw.languages.cedar.annotations import annotation_problems
from bylaw.languages.cedar.ast import Slot, Statement
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.culprits import Culprit, Questions, culprits
from bylaw.languages.cedar.engine import engine_schema
from bylaw.languages.cedar.program import CedarLink, CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.validation_messages import diagnostics_of
from bylaw.languages.cedar.walk import scope_targets
from bylaw.model.diagnostics import Diagnostic, Diagnostics
from bylaw.model.errors import InternalError

_NUMBER = re.compile(r"policy(\d+)")


class _Unit(NamedTuple):
    """What is validated: a file, or the policy that a link stands for."""

    policy: CedarPolicy
    statement: Statement
    text: str
    link: CedarLink | None


def validate_program(program: CedarProgram) -> tuple[Diagnostic, ...]:
    """Everything the engine's strict validator refuses, and every annotation that says nothing valid."""
    problems = Diagnostics(_unfilled(program.links))
    for policy in program.policies:
        problems.extend(annotation_problems(policy))
    if program.schema is None:
        return tuple(problems)
    units = _units(program)
    questions = Questions(engine_schema(program.schema.text))
    for unit in _refused(units, program.schema):
        problems.extend(_problems(unit, program.schema, questions))
        questions.forget()
    return tuple(problems)


def policy_problems(policy: CedarPolicy, schema: Schema | None) -> int:
    """How many errors the validator has with one policy; none without a schema."""
    if schema is None:
        return 0
    return len(cedarpy.validate_policies(policy.text, engine_schema(schema.text)).errors)


def _units(program: CedarProgram) -> tuple[_Unit, ...]:
    files = (_Unit(policy, policy.statement, policy.text, None) for policy in program.policies)
    linked = ((link, filled(link)) for link in program.links)
    return (*files, *(_Unit(link.template, own, canonical_text(own), link) for link, own in linked))


def _refused(units: tuple[_Unit, ...], schema: Schema) -> Iterator[_Unit]:
    """The units that the validator has errors with, in order."""
    text = "\n".join(unit.text for unit in units)
    result = cedarpy.validate_policies(text, engine_schema(schema.text))
    if result:
        return
    # Ids are positions. That each text is one statement is what our own parser has seen; here it is what the engine has seen.
    read = cedarpy.PolicySet.from_str(text)
    count = len(read) + len(read.templates())
    if count != len(units):
        raise InternalError(f"the engine reads {count} policies where there are {len(units)}")
    failed = {int(match[1]) for error in result.errors if (match := _NUMBER.fullmatch(error.policy_id or ""))}
    yield from (unit for index, unit in enumerate(units) if index in failed)


def _problems(unit: _Unit, schema: Schema, questions: Questions) -> tuple[Diagnostic, ...]:
    found = culprits(unit.statement, questions)
    if unit.link is None:
        return diagnostics_of(unit.policy, schema, found)
    # The template is validated as a file as well; what only the link gets wrong is its values.
    known = questions.sentences(unit.policy.statement)
    return tuple(_link_problem(unit, unit.link, schema, [item for item in found if item.sentence not in known]))


def _link_problem(unit: _Unit, link: CedarLink, schema: Schema, found: list[Culprit]) -> Iterator[Diagnostic]:
    virtual = CedarPolicy(unit.policy.ref, unit.policy.path, unit.policy.text, unit.statement)
    for item in diagnostics_of(virtual, schema, found):
        yield Diagnostic("bad-link", f"link `{link.ref.policy}`: {item.message}", link.span, item.help)


def _unfilled(links: Iterable[CedarLink]) -> Iterator[Diagnostic]:
    """Links whose values are not exactly the slots of their template."""
    for link in links:
        targets = scope_targets(link.template.statement)
        slots = {str(target.name) for target in targets if isinstance(target, Slot)}
        if slots != set(link.values):
            message = f"link `{link.ref.policy}` fills {_slots(set(link.values))}, the template has {_slots(slots)}"
            yield Diagnostic("link-slots", message, link.span, "give each slot of the template one value")


def _slots(names: set[str]) -> str:
    return ", ".join(f"`?{name}`" for name in sorted(names)) or "no slot"
