"""Governance policies to Cedar statements: one for each cause, and what of them Cedar cannot say."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bylaw.compile.bundle import Unenforced
from bylaw.compile.governance_cedar.causes import Cause, Unsaid, causes_of
from bylaw.compile.governance_cedar.exempting import lifted_actions, lifting, unsayable
from bylaw.compile.governance_cedar.formulas import Formula, InexpressibleError
from bylaw.compile.governance_cedar.side import CedarSide
from bylaw.languages.cedar.escapes import quote
from bylaw.languages.cedar.parser import parse_statement
from bylaw.languages.cedar.program import CedarPolicy
from bylaw.languages.exceptions import PolicyException
from bylaw.languages.governance.model import Scope
from bylaw.languages.governance.program import GovernanceFile, GovernanceProgram
from bylaw.model.digests import digest_text
from bylaw.model.effects import Effect
from bylaw.model.errors import InternalError
from bylaw.model.identifiers import EntityUid, PolicyId, PolicyRef, is_policy_id
from bylaw.model.spans import Span

_PLAIN: Final = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_DIGITS: Final = 12
_LONGEST: Final = 40


@dataclass(frozen=True)
class TranslatedPolicy(CedarPolicy):
    """One statement; every place in it is the place in the document that it was made from."""

    source: Span
    route: str
    """In the document."""

    def span(self, start: int, end: int) -> Span:  # noqa: ARG002 - offsets of a text that nobody wrote
        """Where its cause is said."""
        return self.source


@dataclass(frozen=True)
class Translated:
    """A whole app."""

    policies: tuple[TranslatedPolicy, ...]
    """Sorted by id."""
    unenforced: tuple[Unenforced, ...]
    """In the order of the policies."""


@dataclass(frozen=True, slots=True)
class _Binding:
    """A policy that is in force: for whom, what it vouches for, and the exceptions from it that Cedar can say."""

    file: GovernanceFile
    principal: EntityUid | None
    actions: frozenset[EntityUid] | None
    """None: all."""
    exceptions: tuple[PolicyException, ...]

    def vouches_for_all_of(self, other: "_Binding") -> bool:
        """Whether nothing is left for the other to vouch for."""
        if self.principal is not None and self.principal != other.principal:
            return False
        return self.actions is None or (other.actions is not None and other.actions <= self.actions)


def translate(program: GovernanceProgram, side: CedarSide) -> Translated:
    """The statements of every policy that is in force."""
    bindings: list[_Binding] = []
    unenforced: list[Unenforced] = []
    for file in program.policies:
        if file.policy.enabled:
            exceptions = [exception for exception in program.exceptions if exception.policy == file.ref.policy]
            unenforced += _unsaid_exceptions(exceptions, side)
            try:
                bindings.append(_binding(file, exceptions, side))
            except InexpressibleError as error:
                unenforced.append(Unenforced(file.ref, "scope", error.reason, file.place("scope")))
    policies = [*_vouching(bindings, side)]
    for binding in bindings:
        for cause in causes_of(binding.file.policy, side):
            if isinstance(cause, Unsaid):
                place = binding.file.place(*cause.route)
                unenforced.append(Unenforced(binding.file.ref, _dotted(cause.route), cause.reason, place))
            else:
                policies.append(_statement(binding, cause, side))
    return Translated(tuple(sorted(_apart(policies), key=lambda policy: policy.ref)), tuple(unenforced))


def _unsaid_exceptions(exceptions: Iterable[PolicyException], side: CedarSide) -> Iterator[Unenforced]:
    for exception in exceptions:
        reason = unsayable(exception, side)
        if reason is not None:
            yield Unenforced(exception.ref, "the exception", reason, exception.place("policy"))


def _binding(file: GovernanceFile, exceptions: Iterable[PolicyException], side: CedarSide) -> _Binding:
    """The policy for whom it is about.

    Raises:
        InexpressibleError: Cedar cannot say whom.
    """
    match file.policy.scope:
        case Scope.GLOBAL:
            principal = None
        case Scope.AGENT:
            principal = side.agent(file.policy.target_id or "")
        case scope:
            raise InexpressibleError(f"a request to Cedar names no {scope}")
    said = tuple(exception for exception in exceptions if unsayable(exception, side) is None)
    allowed = file.policy.allowed_actions
    actions = None if allowed is None else frozenset(side.known(allowed))
    for exception in said:
        if actions is not None and "allowed_actions" in (exception.document.rules or {"allowed_actions"}):
            lifted = lifted_actions(exception, side)
            actions = None if lifted is None else actions.union(lifted)
    return _Binding(file, principal, actions, said)


def _vouching(bindings: Sequence[_Binding], side: CedarSide) -> Iterator[TranslatedPolicy]:
    """A permit of each policy, so that something applies: for all, or for its allowlist and what exceptions add to it."""
    for place, binding in enumerate(bindings):
        covered = any(
            other.vouches_for_all_of(binding) and (not binding.vouches_for_all_of(other) or number < place)
            for number, other in enumerate(bindings)
            if number != place
        )
        if not covered and binding.actions != frozenset():
            actions = None if binding.actions is None else tuple(sorted(binding.actions))
            yield _statement(binding, Cause(("vouches",), Effect.PERMIT, "policy", ("name",), actions), side)


def _apart(policies: Sequence[TranslatedPolicy]) -> Iterator[TranslatedPolicy]:
    """Names that differ in more than an id keeps (`look_up` and `look-up`) get ids of their own by a digest."""
    uses = Counter(policy.ref for policy in policies)
    for policy in policies:
        if uses[policy.ref] == 1:
            yield policy
        else:
            id_ = f"{policy.ref.policy}-{digest_text(policy.route)[:_DIGITS]}"
            yield replace(policy, ref=PolicyRef(policy.ref.app, PolicyId(id_)))


def _statement(binding: _Binding, cause: Cause, side: CedarSide) -> TranslatedPolicy:
    file = binding.file
    route = _dotted(cause.route)
    about = f"{file.policy.name} vouches" if cause.effect is Effect.PERMIT else f"{file.policy.name}: {route}"
    annotations = (f"@description({quote(about)})", f"@source({quote(f'{file.path}#{route}')})")
    head = f"{cause.effect} ({_scope(cause, binding.principal, side)})"
    lifted = () if cause.effect is Effect.PERMIT else lifting(cause, binding.exceptions, side)
    text = "\n".join((*annotations, head, *_clauses(cause, lifted))) + ";\n"
    parsed = parse_statement(text, file.path)
    if parsed.statement is None:
        raise InternalError(f"what `{route}` of `{file.path}` became cannot be read: {text}")
    ref = PolicyRef(file.ref.app, _id(file.ref.policy, cause.names))
    return TranslatedPolicy(ref, file.path, text, parsed.statement, file.place(*cause.route), route)


def _scope(cause: Cause, principal: EntityUid | None, side: CedarSide) -> str:
    actions = cause.actions
    who = "principal" if principal is None else f"principal == {principal}"
    what = "resource" if side.resource is None else f"resource == {side.resource}"
    if actions is None:
        return f"{who}, action, {what}"
    named = f"== {actions[0]}" if len(actions) == 1 else f"in [{', '.join(map(str, actions))}]"
    return f"{who}, action {named}, {what}"


def _clauses(cause: Cause, lifted: Iterable[str]) -> Iterator[str]:
    conditions: tuple[tuple[str, Formula], ...] = (
        ("when", cause.when),
        ("unless", cause.unless),
        *(("unless", one) for one in lifted),
    )
    for word, condition in conditions:
        if isinstance(condition, str):
            yield f"{word} {{ {condition} }}"


def _dotted(route: Sequence[str | int]) -> str:
    return ".".join(map(str, route))


def _id(policy: PolicyId, names: Sequence[str]) -> PolicyId:
    id_ = "/".join((policy, *map(_segment, names)))
    return PolicyId(id_ if is_policy_id(id_) else f"{policy}/{digest_text(id_)[:_DIGITS]}")


def _segment(name: str) -> str:
    """A name as part of an id; one that says more than an id can bears a digest."""
    if _PLAIN.fullmatch(name):
        return name.replace("_", "-")
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_LONGEST]
    return f"{words}-{digest_text(name)[:_DIGITS]}".strip("-")
