"""`statement-too-long`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import Need, PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity


class StatementTooLong(PolicyRule):
    """A policy that a target will not take.

    ## What it finds

    A policy whose canonical text is longer, or shorter, than a target of the app accepts. What is deployed may differ by the
    length of physical ids; compilation for the target has the last word.

    ## Why it matters

    The target refuses it when it is applied, after review and merge, in the middle of a plan.

    ## Example

    A permit with a list of four hundred ids, for a target that takes 10,000 characters.

    ## Instead

    Put the ids into a group and write `principal in Team::"support"`, or split the policy.
    """

    id = "statement-too-long"
    area = Area.PORTABILITY
    severity = Severity.ERROR
    since = "0.1.0"
    needs = (Need.LIMITS,)

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A length outside the limits of a target."""
        limits = view.facts.limits
        longest = min((t.max_statement_length for t in limits if t.max_statement_length is not None), default=None)
        shortest = max((t.min_statement_length for t in limits if t.min_statement_length is not None), default=0)
        # Canonical text drops more than it adds; it is printed only where the source comes near a limit.
        if shortest == 0 and (longest is None or len(view.policy.text) * 2 < longest):
            return
        length = len(view.policy.canonical)
        for target, maximum, minimum, _ in limits:
            if maximum is not None and length > maximum:
                message = f"the statement has {length:,} characters, limit {maximum:,} on `{target}`"
                yield self.on_head(view, message, help="use a group in place of a list, or split the policy")
            elif minimum is not None and length < minimum:
                message = f"the statement has {length:,} characters, at least {minimum:,} on `{target}`"
                yield self.on_head(view, message, help="add a `@description`, or a condition that is meant anyway")
