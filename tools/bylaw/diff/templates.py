"""What a change of a template means for any link of it, made already or not. A template without links decides nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.templates import LinkReplay, opened, slot_types, with_slots
from bylaw.analysis.smt.verdicts import EnvironmentVerdict, Example, Job, compare
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.schema import Schema
from bylaw.languages.cedar.typer import environments_of
from bylaw.languages.cedar.validate import policy_problems
from bylaw.model.identifiers import PolicyId
from bylaw.model.verdicts import Verdict, combined


@dataclass(frozen=True, slots=True)
class TemplateVerdict:
    """What a change of one template means for what a link of it is satisfied by."""

    policy: PolicyId
    effect: str
    verdict: Verdict
    """`widens`: a link of a permit is satisfied by more, or a link of a forbid by less."""
    examples: tuple[Example, ...] = ()
    """With the slots as attributes of the context; allowed is what the link is satisfied by. One of each direction."""
    reason: str = ""
    """Why it is unknown."""


def compare_templates(
    before: CedarProgram | None, after: CedarProgram | None, options: Options
) -> tuple[TemplateVerdict, ...]:
    """The verdict on every template that is not what it was, sorted by id; programs have passed validation.

    Raises:
        InternalError: the engine contradicts an example.
    """
    old, new = (_templates(program) for program in (before, after))
    found = []
    for policy in sorted({*old, *new}):
        sides = (old.get(policy), new.get(policy))
        schema = after.schema if after and sides[1] else before.schema if before else None
        if schema is not None and _meaning(sides[0]) != _meaning(sides[1]):
            found.append(_Comparison(sides, schema, options).verdict(policy))
    return tuple(found)


def _templates(program: CedarProgram | None) -> dict[PolicyId, CedarPolicy]:
    return {template.ref.policy: template for template in program.templates} if program else {}


def _meaning(template: CedarPolicy | None) -> str | None:
    """What two templates that say the same have in common."""
    return opened(template).digest + template.effect if template else None


class _Comparison:
    """Two versions of one template under one schema."""

    def __init__(self, sides: tuple[CedarPolicy | None, CedarPolicy | None], schema: Schema, options: Options) -> None:
        self._sides = sides
        self._schema = schema
        self._options = replace(options, examples=1)
        self._replays = (LinkReplay(sides[0], schema), LinkReplay(sides[1], schema))

    def verdict(self, policy: PolicyId) -> TemplateVerdict:
        """Of all environments and types of slots together."""
        before, after = self._sides
        effect = str(next(template.effect for template in (after, before) if template))
        if before is not None and policy_problems(before, self._schema):
            reason = f"the schema changed, and `{policy}` as it was is not valid under the new one"
            return TemplateVerdict(policy, effect, Verdict.UNKNOWN, reason=reason)
        if before is not None and after is not None and before.effect is not after.effect:
            return TemplateVerdict(policy, effect, Verdict.CHANGES, reason=f"it was a {before.effect}")
        return _combined(policy, effect, list(self._environments()))

    def _environments(self) -> Iterator[EnvironmentVerdict]:
        for environment in self._schema.environments:
            here = [t if t and environment in environments_of(t.statement, self._schema) else None for t in self._sides]
            before, after = ([opened(template)] if template else [] for template in here)
            statements = [template.statement for template in here if template]
            for types in slot_types(statements, environment, self._schema) if statements else ():
                job = Job(environment, before, after, with_slots(self._schema, environment, types))
                yield compare(job, self._options, self._replays)


def _combined(policy: PolicyId, effect: str, found: Sequence[EnvironmentVerdict]) -> TemplateVerdict:
    more = [example for verdict in found for example in verdict.widening][:1]
    fewer = [example for verdict in found for example in verdict.narrowing][:1]
    unknown = next((verdict for verdict in found if verdict.verdict is Verdict.UNKNOWN), None)
    if unknown is not None:
        return TemplateVerdict(policy, effect, Verdict.UNKNOWN, (*more, *fewer), unknown.reason)
    widens, narrows = (more, fewer) if effect == "permit" else (fewer, more)
    verdicts = [Verdict.WIDENS] * bool(widens) + [Verdict.NARROWS] * bool(narrows)
    return TemplateVerdict(policy, effect, combined(verdicts), (*more, *fewer))
