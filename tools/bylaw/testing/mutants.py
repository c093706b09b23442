"""Mutants of a program: one small change to one policy each, printed in canonical form, known by a stable id.

Only mutants that parse and validate count; those that print like the policy itself, or like an earlier mutant of it, do not exist.
Policies that do not decide (`log_only`) have none, since no case could kill them.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from bylaw.evaluation.cedar import decides
from bylaw.evaluation.validity import valid_positions
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.canonical import canonical_text
from bylaw.languages.cedar.program import CedarPolicy, CedarProgram
from bylaw.languages.cedar.rewrite import filled
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect
from bylaw.model.identifiers import PolicyId
from bylaw.testing.environments import residual
from bylaw.testing.mutant import BaseMutant, Direction
from bylaw.testing.operators import Edit, edits

ID_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Mutant(BaseMutant):
    """One change to one Cedar policy."""

    statement: Statement | None
    """None when the policy is dropped."""


class Generated(NamedTuple):
    """Mutants to run, and how many are not among them."""

    mutants: tuple[Mutant, ...]
    invalid: int
    """Refused by the validator."""
    left_out: int
    """Over a cap."""


def generate(
    program: CedarProgram,
    *,
    policies: Collection[PolicyId] | None = None,
    per_policy: int | None = None,
    limit: int | None = None,
) -> Generated:
    """The mutants of `program`, in the order of policies and places.

    Args:
        program: What to mutate.
        policies: Ids of the policies and templates to mutate; all without it.
        per_policy: At most so many of each policy.
        limit: At most so many altogether. Both caps choose by the hash of the id, so that the choice is stable.
    """
    chosen = [
        policy for policy in program.policies if decides(policy) and (policies is None or policy.ref.policy in policies)
    ]
    everything = [mutant for policy in chosen for mutant in _of_policy(policy)]
    valid = _valid(everything, program)
    kept = valid
    if per_policy is not None:
        kept = [
            m for policy in chosen for m in _sample([v for v in valid if v.policy == policy.ref.policy], per_policy)
        ]
    if limit is not None:
        kept = _sample(kept, limit)
    return Generated(tuple(kept), len(everything) - len(valid), len(valid) - len(kept))


def _of_policy(policy: CedarPolicy) -> Iterator[Mutant]:
    seen = {policy.canonical}
    for edit in edits(policy.statement):
        text = "" if edit.statement is None else canonical_text(edit.statement)
        if text not in seen:
            seen.add(text)
            yield Mutant(
                id=f"{policy.ref.policy}:{edit.operator}:{digest_text(text)[:ID_DIGITS]}",
                policy=policy.ref.policy,
                operator=edit.operator,
                direction=_direction(policy.effect, edit),
                span=policy.span(edit.at.start, edit.at.end),
                before=edit.before,
                after=edit.after,
                statement=edit.statement,
            )


def _direction(effect: Effect, edit: Edit) -> Direction:
    if edit.operator == "flip-effect":
        return Direction.NARROWS if effect is Effect.PERMIT else Direction.WIDENS
    grows = edit.growth if effect is Effect.PERMIT else -edit.growth
    return {1: Direction.WIDENS, -1: Direction.NARROWS}.get(grows, Direction.CHANGES)


def _valid(mutants: Sequence[Mutant], program: CedarProgram) -> list[Mutant]:
    texts = ["" if mutant.statement is None else canonical_text(mutant.statement) for mutant in mutants]
    stated = [position for position, text in enumerate(texts) if text]
    accepted = valid_positions([texts[position] for position in stated], program.schema)
    kept = {stated[number] for number in accepted}
    return [mutant for position, mutant in enumerate(mutants) if position in kept or mutant.statement is None]


def _sample(mutants: Sequence[Mutant], most: int) -> list[Mutant]:
    if len(mutants) <= most:
        return list(mutants)
    chosen = set(sorted((mutant.id for mutant in mutants), key=digest_text)[:most])
    return [mutant for mutant in mutants if mutant.id in chosen]


def instances(mutant: Mutant, program: CedarProgram) -> Iterable[tuple[PolicyId, Statement]]:
    """The policies that a mutant puts in the place of others: itself, or every link of the mutated template."""
    if mutant.statement is None:
        return
    policy = program.by_id[mutant.policy]
    if not policy.statement.is_template:
        yield policy.ref.policy, mutant.statement
        return
    mutated = replace(policy, statement=mutant.statement)
    for link in program.links:
        if link.template.ref == policy.ref:
            yield link.ref.policy, filled(replace(link, template=mutated))


def equal_by_types(mutant: Mutant, program: CedarProgram) -> bool:
    """Whether the types alone show that a mutant matches the same requests as its original, in every request environment.

    A proof, but a weak one: what it does not show may still be so.
    """
    schema, original = program.schema, program.by_id[mutant.policy].statement
    if schema is None or (mutant.statement is not None and mutant.statement.effect != original.effect):
        return False
    return all(
        residual(original, environment, schema)
        == (None if mutant.statement is None else residual(mutant.statement, environment, schema))
        for environment in schema.environments
    )
