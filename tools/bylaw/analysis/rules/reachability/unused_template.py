"""`unused-template`."""

from collections.abc import Iterable

from bylaw.analysis.facts import AppContext
from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import AppRule
from bylaw.model.diagnostics import Severity


class UnusedTemplate(AppRule):
    """A template that nothing is made from.

    ## What it finds

    A policy with a slot that no link in `app.yaml` fills.

    ## Why it matters

    It decides nothing until it is linked. A `forbid` among them looks like a guardrail in the file list.

    ## Example

    ```cedar
    permit (principal == ?principal, action == Action::"read", resource is Tool);
    ```

    ## Instead

    Link it in `app.yaml`, or remove it:

    ```yaml
    links:
      - id: read/for-ops
        template: read/for-one
        values: {principal: 'Agent::"ops"'}
    ```
    """

    id = "unused-template"
    area = Area.REACHABILITY
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, app: AppContext) -> Iterable[Hit]:
        """Every template without a link."""
        linked = {link.template.ref for link in app.program.links}
        for policy in app.program.templates:
            if policy.ref not in linked:
                span = policy.span(*policy.statement.head)
                message = "no link fills the slots of this template, so it decides nothing"
                yield self.beside(
                    span, message, subject="", help="link it in `app.yaml`, or remove it", policy=policy.ref
                )
