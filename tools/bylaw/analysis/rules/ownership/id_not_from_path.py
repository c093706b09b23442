"""`id-not-from-path`."""

from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.analysis.wording import code
from bylaw.model.diagnostics import Severity


class IdNotFromPath(PolicyRule):
    """An `@id` that says something else than the path.

    ## What it finds

    An `@id` that is neither the id of the policy nor the stem of its file.

    ## Why it matters

    The path is the id: plans, suites and reports use it. The engine does not read `@id`; other tools do, and then one policy has
    two names, or two policies have one.

    ## Example

    `limits/cap-refund.cedar`:

    ```cedar
    @id("refund-cap")
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    ## Instead

    Leave `@id` out, or write `@id("limits/cap-refund")`.
    """

    id = "id-not-from-path"
    area = Area.OWNERSHIP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """A second name."""
        own = view.policy.ref.policy
        for annotation in view.statement.annotations:
            if annotation.name == "id" and annotation.value not in {own, own.rpartition("/")[2], str(view.policy.ref)}:
                message = f"`@id` says {code(annotation.value)}, the path says {code(own)}"
                remedy = "leave `@id` out, or rename the file"
                yield self.at(view, annotation.start, annotation.end, message, subject=annotation.value, help=remedy)
