"""What a change of a `governance` app means: for every policy, which of its fields allow more or less, with events that show it."""

from collections.abc import Iterator
from dataclasses import dataclass

from bylaw.analysis.governance.changes import FieldChange
from bylaw.analysis.governance.comparing import PolicyVerdict, compare
from bylaw.diff.semantic import AppVerdict, Parts
from bylaw.evaluation.governance.in_force import policies_of
from bylaw.languages.governance.exceptions import exception_text
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.model.digests import Digest, digest_json, digest_text
from bylaw.model.identifiers import AppId, PolicyId
from bylaw.model.verdicts import Verdict, combined

_WIDENING = frozenset({Verdict.WIDENS, Verdict.CHANGES, Verdict.UNKNOWN})
_NARROWING = frozenset({Verdict.NARROWS, Verdict.CHANGES})


@dataclass(frozen=True, slots=True)
class GovernanceVerdict(AppVerdict):
    """What a change means for one `governance` app."""

    policies: tuple[PolicyVerdict, ...] = ()

    @property
    def parts(self) -> Parts:
        """Its policies."""
        widening = sum(policy.verdict in _WIDENING for policy in self.policies)
        return Parts("policy", len(self.policies), widening, len(self.widened_by))

    @property
    def verdict(self) -> Verdict:
        """Of all policies together."""
        return combined(policy.verdict for policy in self.policies)

    @property
    def widened_by(self) -> frozenset[PolicyId]:
        """Policies by which something is newly allowed."""
        return frozenset(
            policy.policy
            for policy in self.policies
            if any(change.verdict in {Verdict.WIDENS, Verdict.CHANGES} for change, _ in policy.changes)
        )

    @property
    def narrowed_by(self) -> frozenset[PolicyId]:
        """Policies by which something is no longer allowed."""
        return frozenset(
            policy.policy
            for policy in self.policies
            if any(change.verdict in _NARROWING for change, _ in policy.changes)
        )


def compare_governance(
    app: AppId, before: GovernanceProgram | None, after: GovernanceProgram | None
) -> GovernanceVerdict:
    """The verdict on going from one version of an app to another; none where a side does not have it."""
    sides = [policies_of(program) if program else () for program in (before, after)]
    exceptions = tuple(_exceptions(before, after))
    return GovernanceVerdict(app, _digest(before), _digest(after), policies=(*compare(*sides), *exceptions))


def _exceptions(before: GovernanceProgram | None, after: GovernanceProgram | None) -> Iterator[PolicyVerdict]:
    """Exceptions that came, went, or are others now; each as a policy of its own."""
    old, new = (
        {one.ref.policy: exception_text(one) for one in side.exceptions} if side else {} for side in (before, after)
    )
    for id_ in sorted({*old, *new}):
        was, is_ = old.get(id_), new.get(id_)
        if was == is_:
            continue
        verdict = Verdict.WIDENS if was is None else Verdict.NARROWS if is_ is None else Verdict.CHANGES
        change = FieldChange((), verdict, f"the exception: {is_ or was}")
        yield PolicyVerdict(id_, ((change, None),))


def _digest(program: GovernanceProgram | None) -> Digest:
    if program is None:
        return digest_json({})
    exceptions = {one.ref.policy: digest_text(exception_text(one)) for one in program.exceptions}
    return digest_json({file.ref.policy: file.digest for file in program.policies} | exceptions)
