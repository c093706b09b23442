"""What a change of a `governance` app means: for every policy, which of its fields allow more or less, with events that show it."""

from dataclasses import dataclass

from bylaw.analysis.governance.comparing import PolicyVerdict, compare
from bylaw.diff.semantic import AppVerdict, Parts
from bylaw.evaluation.governance.in_force import policies_of
from bylaw.languages.governance.program import GovernanceProgram
from bylaw.model.digests import Digest, digest_json
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
    return GovernanceVerdict(app, _digest(before), _digest(after), policies=compare(*sides))


def _digest(program: GovernanceProgram | None) -> Digest:
    return digest_json({file.ref.policy: file.digest for file in program.policies} if program else {})
