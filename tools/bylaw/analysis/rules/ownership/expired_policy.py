"""`expired-policy`."""

from collections.abc import Iterable

from bylaw.analysis.expiry import expiry_of
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.model.diagnostics import Severity


class ExpiredPolicy(PolicyRule):
    """A policy past its date.

    ## What it finds

    A policy whose `@expires` lies before today.

    ## Why it matters

    The date is a promise to look again. Nothing takes the policy out of force by itself: a temporary grant stays a grant until
    someone removes it.

    ## Example

    ```cedar
    @expires("2024-06-30")
    permit (principal in Team::"migration", action == Action::"read", resource);
    ```

    ## Instead

    Remove the policy, or move the date and say why in the commit.
    """

    id = "expired-policy"
    area = Area.OWNERSHIP
    severity = Severity.ERROR
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A date before today."""
        annotation, day = expiry_of(view.statement)
        if annotation is None or day is None or day >= view.facts.today:
            return ()
        message = f"this policy expired on {day}"
        remedy = "remove it, or move the date"
        return (self.at(view, annotation.start, annotation.end, message, subject=annotation.value, help=remedy),)
