"""Whether some policies allow more or less than they did, policy by policy.

All policies that apply have to allow, so each counts on its own: one that allows more widens, unless another refuses that anyway.
The examples are decided under all of them; a difference without one is still told.

Where no policy applies, what writes is refused. So a policy that comes or goes does more than its rules say, unless another one
applies to everybody on both sides.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bylaw.analysis.governance.approval_changes import approval_changes
from bylaw.analysis.governance.changes import FieldChange, field_changes
from bylaw.analysis.governance.examples import Example, example_of
from bylaw.evaluation.governance.applicability import GovernancePolicy
from bylaw.languages.governance.model import Governance, Scope
from bylaw.model.identifiers import PolicyId
from bylaw.model.verdicts import Verdict, combined


@dataclass(frozen=True, slots=True)
class PolicyVerdict:
    """What a change of one policy means."""

    policy: PolicyId
    changes: tuple[tuple[FieldChange, Example | None], ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Of all fields together."""
        return combined(change.verdict for change, _ in self.changes)


def compare(before: Sequence[GovernancePolicy], after: Sequence[GovernancePolicy]) -> tuple[PolicyVerdict, ...]:
    """The verdict on each policy of either side, sorted by id."""
    old, new = _by_id(before), _by_id(after)
    found = []
    for id_ in sorted({*old, *new}):
        is_vouched = _is_vouched(id_, old) and _is_vouched(id_, new)
        changes = tuple(_changes(old.get(id_), new.get(id_), is_vouched=is_vouched))
        about = new.get(id_) or old[id_]
        shown = tuple((change, _example(change, about, before, after)) for change in changes)
        found.append(PolicyVerdict(PolicyId(id_), shown))
    return tuple(found)


def _by_id(policies: Sequence[GovernancePolicy]) -> Mapping[str, Governance]:
    return {policy.label.id: policy.document for policy in policies}


def _is_vouched(id_: str, policies: Mapping[str, Governance]) -> bool:
    """Whether some other policy applies to everybody."""
    return any(name != id_ and one.enabled and one.scope is Scope.GLOBAL for name, one in policies.items())


def _changes(before: Governance | None, after: Governance | None, *, is_vouched: bool) -> Iterator[FieldChange]:
    was, is_ = before if before and before.enabled else None, after if after and after.enabled else None
    if was is None and is_ is None:
        return
    if was is None or is_ is None:
        yield _came_or_went(came=was is None, is_vouched=is_vouched)
        return
    if (was.scope, was.target_id) != (is_.scope, is_.target_id):
        yield _moved(was, is_, is_vouched=is_vouched)
    yield from field_changes(was, is_)
    yield from approval_changes(was, is_)


def _came_or_went(*, came: bool, is_vouched: bool) -> FieldChange:
    words = "the policy is in force now" if came else "the policy is in force no longer"
    if is_vouched:
        return FieldChange(("enabled",), Verdict.NARROWS if came else Verdict.WIDENS, words)
    vouching = "vouches for what no other policy is about" if came else "what it vouched for is refused where it writes"
    return FieldChange(("enabled",), Verdict.CHANGES, f"{words}, and {vouching}")


def _moved(before: Governance, after: Governance, *, is_vouched: bool) -> FieldChange:
    text = f"it is about {_whom(before)} → {_whom(after)}"
    if is_vouched and after.scope is Scope.GLOBAL:
        return FieldChange(("scope",), Verdict.NARROWS, text)
    if is_vouched and before.scope is Scope.GLOBAL:
        return FieldChange(("scope",), Verdict.WIDENS, text)
    return FieldChange(("scope",), Verdict.CHANGES, text)


def _whom(policy: Governance) -> str:
    return "everybody" if policy.scope is Scope.GLOBAL else f"the {policy.scope} {policy.target_id}"


def _example(
    change: FieldChange, about: Governance, before: Sequence[GovernancePolicy], after: Sequence[GovernancePolicy]
) -> Example | None:
    if change.hint is None or change.verdict is Verdict.UNKNOWN:
        return None
    return example_of(change.hint, about, before, after, widens=change.verdict is not Verdict.NARROWS)
