"""`stale-baseline-entry`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.outcome import Outcome
from bylaw.analysis.rule import MetaRule
from bylaw.analysis.wording import code
from bylaw.model.diagnostics import Severity


class StaleBaselineEntry(MetaRule):
    """A baseline entry that nothing matches.

    ## What it finds

    An entry of the baseline file whose finding is gone: of an app that was looked at, for a rule that ran.

    ## Why it matters

    The baseline only ever shrinks. An entry that stays behind would hide the same mistake if it came back.

    ## Example

    ```yaml
    findings:
      - {rule: unconstrained-principal, subject: refunds/read-all, fingerprint: 5f2b…}
    ```

    after `refunds/read-all` was given a group.

    ## Instead

    Run `bylaw lint --prune-baseline`, and commit the smaller file.
    """

    id = "stale-baseline-entry"
    area = Area.SUPPRESSION
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, outcome: Outcome) -> Iterable[Hit]:
        """Every entry without its finding."""
        for (rule, subject, fingerprint), span in outcome.stale:
            message = f"nothing matches this entry any more: {code(rule)} in {code(subject)}"
            yield self.beside(span, message, subject=fingerprint, help="run `bylaw lint --prune-baseline`")
