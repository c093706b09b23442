"""`expiring-policy`."""

from collections.abc import Iterable

from bylaw.analysis.expiry import expiry_of
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity


class ExpiringPolicy(PolicyRule):
    """A policy whose date is near.

    ## What it finds

    A policy whose `@expires` lies within the number of days that `lint.expires_within_days` in `bylaw.yaml` sets.

    ## Why it matters

    There is still time to decide calmly whether it goes or stays. Once the date has passed it is an error.

    ## Example

    ```cedar
    @expires("2026-03-10")
    permit (principal in Team::"migration", action == Action::"read", resource);
    ```

    ## Instead

    Remove the policy, or move the date and say why in the commit.

    ## Configuration

    `lint.expires_within_days` in `bylaw.yaml`; 30 by default.
    """

    id = "expiring-policy"
    area = Area.OWNERSHIP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A date not far from today."""
        annotation, day = expiry_of(view.statement)
        if annotation is None or day is None:
            return ()
        left = (day - view.facts.today).days
        if not 0 <= left <= view.facts.expires_within_days:
            return ()
        when = "today" if left == 0 else f"in {left} day{'s' * (left != 1)}"
        message = f"this policy expires {when}, on {day}"
        remedy = "decide whether it goes or stays"
        return (self.at(view, annotation.start, annotation.end, message, subject=annotation.value, help=remedy),)
