"""`secret-in-policy`."""

import re
from collections.abc import Iterable
from functools import cache

from bylaw.analysis.finding import Area, Confidence, Hit
from bylaw.analysis.rule import SourceText, TextRule
from bylaw.model.diagnostics import Severity
from bylaw.model.digests import digest_text
from bylaw.model.spans import LineIndex

_KINDS = (
    # What the text must hold for the pattern to be worth a try, what it is, the pattern.
    ("AKIA", "an AWS access key", r"\bAKIA[0-9A-Z]{16}\b"),
    ("ASIA", "an AWS access key", r"\bASIA[0-9A-Z]{16}\b"),
    ("ghp_", "a GitHub token", r"\bghp_[0-9A-Za-z]{36,}"),
    ("ghs_", "a GitHub token", r"\bghs_[0-9A-Za-z]{36,}"),
    ("github_pat_", "a GitHub token", r"\bgithub_pat_[0-9A-Za-z_]{40,}"),
    ("xox", "a Slack token", r"\bxox[abpr]-[0-9A-Za-z-]{10,}"),
    ("-----BEGIN", "a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    ("eyJ", "a JSON web token", r"\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}"),
    ("AIza", "a Google API key", r"\bAIza[0-9A-Za-z_-]{35}\b"),
    ("sk-", "a model provider key", r"\bsk-(?:[a-z]+-)*[0-9A-Za-z_-]{24,}"),
)


class SecretInPolicy(TextRule):
    """Something that looks like a credential.

    ## What it finds

    Anywhere in a policy of any language, an exception or `app.yaml`, comments included: access keys, tokens and private keys of
    well-known forms. Mandatory: it cannot be suppressed, lowered or put into a baseline.

    ## Why it matters

    The file is in git for ever, in every clone, and its text is deployed and logged. A policy compares what a request carries; a
    secret has no place there.

    ## Example

    ```cedar
    permit (principal is Agent, action == Action::"read", resource) when { context.token == "AKIAIOSFODNN7EXAMPLE" };
    ```

    ## Instead

    Revoke the credential now, whoever has seen the branch. Let the gateway authenticate, and decide by the principal:

    ```cedar
    permit (principal == Agent::"reader", action == Action::"read", resource);
    ```
    """

    id = "secret-in-policy"
    area = Area.ACCESS
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    mandatory = True
    security_severity = 9.0

    def check(self, source: SourceText) -> Iterable[Hit]:
        """Every text of a known form. The message never repeats it."""
        for sign, name, form in _KINDS:
            if sign not in source.text:
                continue
            for found in _compiled(form).finditer(source.text):
                span = LineIndex(source.text).span(source.path, found.start(), found.end())
                remedy = "revoke it, then take it out of the history"
                yield Hit(self.id, f"this looks like {name}", span, digest_text(found.group()), remedy, source.policy)


@cache
def _compiled(form: str) -> re.Pattern[str]:
    return re.compile(form)
