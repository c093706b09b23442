"""`open-host-prefix`."""

import re
from collections.abc import Iterable

from bylaw.analysis.finding import Area, Hit
from bylaw.analysis.patterns import pattern_text
from bylaw.analysis.rule import NodeRule
from bylaw.analysis.view import PolicyView, Site
from bylaw.analysis.wording import code
from bylaw.languages.cedar.ast import Like
from bylaw.model.diagnostics import Severity

_OPEN_HOST = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*")


class OpenHostPrefix(NodeRule[Like]):
    """A URL pattern whose wildcard begins inside the host.

    ## What it finds

    Where a match lets more through: a pattern that begins with a scheme and reaches its first `*` before the host has ended.

    ## Why it matters

    The host ends at the first `/`. Until there, a wildcard continues it: `https://api.example.com.evil.test/` matches
    `https://api.example.com*`, and because `*` also matches `/`, `https://evil.test/.example.com/` matches
    `https://*.example.com/*`.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"fetch", resource) when { context.url like "https://api.example.com*" };
    ```

    ## Instead

    ```cedar
    permit (principal is Agent, action == Action::"fetch", resource) when { context.url like "https://api.example.com/*" };
    ```

    For a choice of sub-domains, have the gateway pass the parsed host and compare that: `context.host like "*.example.com"`.
    """

    id = "open-host-prefix"
    area = Area.ACCESS
    severity = Severity.ERROR
    since = "0.1.0"
    security_severity = 8.0
    nodes = (Like,)

    def check(self, node: Like, site: Site, view: PolicyView) -> Iterable[Hit]:
        """A wildcard inside the host."""
        pattern = node.pattern
        first = pattern[0] if pattern else None
        if first is None or len(pattern) < 2 or not _OPEN_HOST.fullmatch(first) or not view.allows_more(site):
            return ()
        message = f"the first `*` of {code(pattern_text(pattern))} stands inside the host, so any host can match"
        host = first.partition("://")[2]
        remedy = (
            f"end the host first: `{first.rstrip(':')}/*`"
            if host
            else "write the host out, or compare a host attribute"
        )
        return (self.on(view, node, message, help=remedy),)
