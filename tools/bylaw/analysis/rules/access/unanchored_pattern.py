"""`unanchored-pattern`."""

import re
from collections.abc import Iterable

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.paths import last_name
from bylaw.analysis.patterns import literals, opens, pattern_text, trails
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Like
from bylaw.model.diagnostics import Severity

_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.IGNORECASE)
_SCOPE_NAMES = frozenset({"scope", "scopes", "scp"})
"""Lists separated by blanks have a rule of their own, `substring-scope-match`."""


class UnanchoredPattern(NodeRule[Like]):
    """A pattern that text around it satisfies.

    ## What it finds

    Where a match lets more through: a pattern with a wildcard at both ends (`*example.com*`), and a host name behind a leading
    wildcard without a separator (`*example.com`).

    ## Why it matters

    `*` matches anything, separators and the empty text included. `https://evil.test/?q=example.com` matches `*example.com*`,
    `evil-example.com` matches `*example.com`. Whoever fills in the value adds what the pattern wants to see.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"fetch", resource) when { context.url like "*example.com*" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"fetch", resource)
    when { context.url like "https://example.com/*" || context.host like "*.example.com" };
    ```
    """

    id = "unanchored-pattern"
    area = Area.ACCESS
    severity = Severity.WARNING
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    security_severity = 7.0
    nodes = (Like,)

    def check(self, node: Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A pattern open on the left."""
        pattern = node.pattern
        if not opens(pattern) or not literals(pattern) or not view.allows_more(site):
            return ()
        if last_name(node.base) in _SCOPE_NAMES:
            return ()
        shown = code(pattern_text(pattern))
        if trails(pattern):
            remedy = "fix one end, or compare the part that matters on its own"
            return (self.on(view, node, f"the pattern {shown} is open at both ends", help=remedy),)
        tail = literals(pattern)[-1]
        if len(literals(pattern)) == 1 and _DOMAIN.fullmatch(tail):
            remedy = f"put the separator into the pattern: `*.{tail}`"
            return (self.on(view, node, f"the pattern {shown} also matches `evil-{tail}`", help=remedy),)
        return ()
