"""Applying fixes to one policy: outermost first, checked one by one, then linted again, at most five rounds.

A safe fix is applied only when all of this holds for the new text, else it is withheld with the reason:

- it parses,
- it validates no worse than before (`problems_of`),
- its proof holds (`bylaw.analysis.proofs`): no decision changes,
- every comment is still there.

An unsafe fix is applied on request only; it must parse and validate no worse.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from bylaw.analysis.configuration import RuleConfig
from bylaw.analysis.facts import AppFacts
from bylaw.analysis.finding import Edit, Fix, Hit
from bylaw.analysis.proofs import holds
from bylaw.analysis.runner import check_policies
from bylaw.analysis.suppression import in_force, policy_suppressions
from bylaw.languages.cedar.ast import Statement
from bylaw.languages.cedar.lexer import comments
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy

ROUNDS = 5

ProblemsOf = Callable[[CedarPolicy], int]
"""How many errors the validator has with a policy."""


class Withheld(NamedTuple):
    """A fix that was not applied."""

    hit: Hit
    why: str


class _Offer(NamedTuple):
    """A hit with its fix."""

    hit: Hit
    fix: Fix


class FixResult(NamedTuple):
    """One policy after its fixes."""

    policy: CedarPolicy
    """The policy as given when nothing was applied."""
    applied: tuple[Hit, ...]
    withheld: tuple[Withheld, ...]


def fix_policies(
    policies: Sequence[CedarPolicy],
    facts: AppFacts,
    configs: Sequence[RuleConfig],
    *,
    unsafe: bool = False,
    problems_of: ProblemsOf = lambda _: 0,
) -> Iterator[FixResult]:
    """Fix each of `policies` for which a rule offers a fix; the others are not in the result."""
    hits = check_policies(policies, facts, configs)
    for policy in policies:
        if any(hit.fix is not None for hit in hits[policy.ref]):
            yield fix_policy(policy, facts, configs, unsafe=unsafe, problems_of=problems_of)


def fix_policy(
    policy: CedarPolicy,
    facts: AppFacts,
    configs: Sequence[RuleConfig],
    *,
    unsafe: bool = False,
    problems_of: ProblemsOf = lambda _: 0,
) -> FixResult:
    """Fix what can be fixed in `policy`. Suppressed findings are left alone."""
    applied: list[Hit] = []
    withheld: tuple[Withheld, ...] = ()
    for _ in range(ROUNDS):
        offers = _offers(policy, facts, configs, unsafe=unsafe)
        policy, done, withheld = _round(policy, offers, problems_of)
        applied += done
        if not done:
            break
    return FixResult(policy, tuple(applied), withheld)


def _round(
    policy: CedarPolicy, offers: Sequence[_Offer], problems_of: ProblemsOf
) -> tuple[CedarPolicy, list[Hit], tuple[Withheld, ...]]:
    """Apply fixes that do not touch one another; one that is refused makes room for those it covered."""
    done: list[Hit] = []
    refused: list[Withheld] = []
    while not done:
        chosen = _apart([offer for offer in offers if not any(offer.hit is refusal.hit for refusal in refused)])
        if not chosen:
            break
        for hit, fix in chosen:
            candidate, why = _attempt(policy, fix, problems_of)
            if candidate is None:
                refused.append(Withheld(hit, why))
            else:
                policy = candidate
                done.append(hit)
    return policy, done, tuple(refused)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """`text` with `edits`, which do not overlap, applied."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.replacement + text[edit.end :]
    return text


def _offers(policy: CedarPolicy, facts: AppFacts, configs: Sequence[RuleConfig], *, unsafe: bool) -> list[_Offer]:
    """The fixes that are wanted."""
    silenced = [s for s in policy_suppressions(policy) if in_force(s, facts.today)]
    ignored = {config.rule.id for config in configs if config.ignores(policy.path)}
    return [
        _Offer(hit, hit.fix)
        for hit in check_policies((policy,), facts, configs)[policy.ref]
        if hit.fix is not None
        and (hit.fix.safe or unsafe)
        and hit.rule not in ignored
        and not any(suppression.covers(hit) for suppression in silenced)
    ]


def _apart(offers: Sequence[_Offer]) -> list[_Offer]:
    """The outermost fixes that do not touch one another, last in the file first, so that offsets stay true."""
    chosen: list[tuple[int, int, _Offer]] = []
    ranges = [(*offer.fix.range, offer) for offer in offers]
    for start, end, offer in sorted(ranges, key=lambda r: (r[0] - r[1], r[0])):
        if all(end < other_start or other_end < start for other_start, other_end, _ in chosen):
            chosen.append((start, end, offer))
    return [offer for _, _, offer in sorted(chosen, key=lambda r: r[:2], reverse=True)]


def _attempt(policy: CedarPolicy, fix: Fix, problems_of: ProblemsOf) -> tuple[CedarPolicy | None, str]:
    """The policy with `fix` applied, or why it is not."""
    text = apply_edits(policy.text, fix.edits)
    statement = parse_statement(text, policy.path).statement
    if statement is None:
        return None, "the result does not parse"
    candidate = replace(policy, text=text, statement=statement)
    if problems_of(candidate) > problems_of(policy):
        return None, "the result does not validate"
    if not _keeps_meaning(fix, policy.statement, statement):
        return None, "it could not be shown that no decision changes"
    if _comment_texts(text) != _comment_texts(policy.text):
        return None, "a comment would be lost"
    return candidate, ""


def _keeps_meaning(fix: Fix, before: Statement, after: Statement) -> bool:
    return fix.proof is None or holds(fix.proof, before, after)


def _comment_texts(text: str) -> list[str]:
    return [comment.text for comment in comments(text)]
