"""`unused-suppression`."""

from collections.abc import Iterable
from difflib import get_close_matches

from bylaw.analysis.finding import Area, Hit, Suppression
from bylaw.analysis.outcome import Outcome
from bylaw.analysis.rule import MetaRule
from bylaw.analysis.suppression import USAGE
from bylaw.analysis.wording import code
from bylaw.model.diagnostics import Severity


class UnusedSuppression(MetaRule):
    """A suppression of nothing.

    ## What it finds

    A suppression that covers no finding, that names a rule which does not exist or cannot be suppressed, or that is not written
    as one. Suppressions of rules that did not run this time are left alone.

    ## Why it matters

    It hides the next finding, of which nobody has decided anything. And one that is written wrongly does not do what its author
    thinks.

    ## Example

    ```cedar
    // bylaw: allow unconstrained-principal -- the status page is public
    permit (principal in Team::"ops", action == Action::"status", resource);
    ```

    ## Instead

    Remove the comment. The form is `// bylaw: allow <rule> -- reason`.
    """

    id = "unused-suppression"
    area = Area.SUPPRESSION
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, outcome: Outcome) -> Iterable[Hit]:
        """Every suppression that serves nothing."""
        for suppression in outcome.suppressions:
            problem = _problem(suppression, outcome)
            if problem is not None:
                message, remedy = problem
                yield self.beside(suppression.span, message, subject=suppression.rule, help=remedy)


def _problem(suppression: Suppression, outcome: Outcome) -> tuple[str, str] | None:
    rule = suppression.rule
    if not rule:
        return "this is not a suppression", USAGE
    if rule not in outcome.rules:
        close = get_close_matches(rule, sorted(outcome.rules), 1)
        return f"no lint rule {code(rule)}", f"did you mean `{close[0]}`?" if close else "remove it"
    if rule in outcome.mandatory:
        return f"the rule {code(rule)} is mandatory, nothing suppresses it", "correct the policy"
    if suppression in outcome.served or rule in outcome.idle:
        return None
    return f"nothing here breaks {code(rule)}", "remove the suppression"
