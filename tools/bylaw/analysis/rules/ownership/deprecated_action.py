"""`deprecated-action`."""

from collections.abc import Iterable, Iterator, Mapping

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.paths import uid_of
from bylaw.analysis.rule import PolicyRule
from bylaw.analysis.view import PolicyView
from bylaw.analysis.wording import code
from bylaw.languages.cedar.walk import entities
from bylaw.model.diagnostics import Severity


class DeprecatedAction(PolicyRule):
    """An action on its way out.

    ## What it finds

    A policy that names an action listed under `deprecated` in `app.yaml`.

    ## Why it matters

    When the action goes, the policy covers nothing. Usually another action does the same by then, without the guardrail.

    ## Example

    ```cedar
    forbid (principal, action == Action::"transfer", resource) when { context.amount > 500 };
    ```

    ```yaml
    deprecated: {'Action::"transfer"': 'Action::"pay"'}
    ```

    ## Instead

    ```cedar
    forbid (principal, action == Action::"pay", resource) when { context.amount > 500 };
    ```

    While both are called, name both, and suppress the finding with a date.
    """

    id = "deprecated-action"
    area = Area.OWNERSHIP
    severity = Severity.WARNING
    since = "0.1.0"

    def check(self, view: PolicyView) -> Iterable[Hit]:
        """Every literal of a deprecated action."""
        deprecated = view.facts.deprecated
        return self._report(deprecated, view) if deprecated else ()

    def _report(self, deprecated: Mapping[str, str], view: PolicyView) -> Iterator[Hit]:
        for literal in entities(view.statement):
            instead = deprecated.get(str(uid_of(literal)))
            if instead is not None:
                message = f"{code(str(uid_of(literal)))} is deprecated"
                yield self.on(view, literal, message, help=f"use {code(instead)}")
