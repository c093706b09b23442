"""What can be asked of policy sets, as terms. Nothing here solves: a property holds where its term is unsatisfiable."""

from collections.abc import Iterable

from bylaw.analysis.smt.policies import Compiled, PolicySet
from bylaw.analysis.smt.terms import Term, Terms


def some(policies: Iterable[Compiled], terms: Terms) -> Term:
    """That at least one policy is satisfied."""
    return terms.or_(policy.satisfied for policy in policies)


def allows(policies: PolicySet, terms: Terms) -> Term:
    """That the set allows: some permit and no forbid is satisfied. (An erroring policy is satisfied in no set.)"""
    return terms.and_((some(policies.permits, terms), terms.not_(some(policies.forbids, terms))))


def newly_allows(before: PolicySet, after: PolicySet, terms: Terms) -> Term:
    """That `after` allows and `before` does not.

    Written over what differs: shared forbids do not block, and shared permits do not grant, what the other set decides otherwise.
    """
    granted = terms.and_((some(gained(before, after), terms), terms.not_(some(before.permits, terms))))
    unblocked = terms.and_((some(after.permits, terms), some(lost(before, after), terms)))
    return terms.and_((terms.or_((granted, unblocked)), terms.not_(some(after.forbids, terms))))


def gained(before: PolicySet, after: PolicySet) -> tuple[Compiled, ...]:
    """The permits of `after` that are none of `before`."""
    return _without(after.permits, before.permits)


def lost(before: PolicySet, after: PolicySet) -> tuple[Compiled, ...]:
    """The forbids of `before` that are none of `after`."""
    return _without(before.forbids, after.forbids)


def allows_matching(policies: PolicySet, condition: Term, terms: Terms) -> Term:
    """That the set allows a request of which `condition` holds: what an invariant `never` excludes."""
    return terms.and_((condition, allows(policies, terms)))


def denies_matching(policies: PolicySet, condition: Term, terms: Terms) -> Term:
    """That the set denies a request of which `condition` holds: what an invariant `always` excludes."""
    return terms.and_((condition, terms.not_(allows(policies, terms))))


def _without(policies: tuple[Compiled, ...], others: tuple[Compiled, ...]) -> tuple[Compiled, ...]:
    known = {policy.satisfied for policy in others}
    return tuple(policy for policy in policies if policy.satisfied not in known)
