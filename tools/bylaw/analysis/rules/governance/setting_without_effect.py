"""`setting-without-effect`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.governance.view import GovernanceView
from bylaw.analysis.rule import GovernanceRule
from bylaw.model.diagnostics import Severity


class SettingWithoutEffect(GovernanceRule):
    """A setting that nothing reads.

    ## What it finds

    `strict_mode: false`, rules on moderation, and ages of evidence that nobody asks for.

    ## Why it matters

    It promises what nobody keeps.

    ## Example

    ```yaml
    name: limits
    moderation_default_enabled: true
    ```

    ## Instead

    ```yaml
    name: limits
    pii_default_enabled: true
    ```
    """

    id = "setting-without-effect"
    area = Area.GOVERNANCE
    severity = Severity.NOTE
    since = "0.1.0"

    def check(self, view: GovernanceView) -> Iterable[Hit]:
        """Every place."""
        for found in view.facts.without_effect:
            yield self.of_place(view, found.route, found.text, help="remove it")
