"""From hits to findings, once, after all rules have run: level, suppression, baseline.

Rules know nothing of this, and nothing is dropped: what is suppressed or in the baseline says so and stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bylaw.analysis.baseline import Baseline
from bylaw.analysis.configuration import RuleConfig
from bylaw.analysis.finding import BaselineKey, Finding, Hit, Suppression
from bylaw.analysis.report import SkippedRule
from bylaw.model.digests import digest_text
from bylaw.model.spans import Span

FINGERPRINT = 32
"""Hex digits of a fingerprint."""


def to_findings(
    hits: Iterable[Hit],
    configs: Mapping[str, RuleConfig],
    suppressions: Sequence[Suppression] = (),
    baseline: Baseline | None = None,
) -> list[Finding]:
    """Each hit as a finding, in the order of the files; suppressions are those in force."""
    by_path: dict[str, list[Suppression]] = {}
    for suppression in suppressions:
        by_path.setdefault(suppression.span.path, []).append(suppression)
    seen: dict[tuple[str, str, str], int] = {}
    findings = []
    for hit in sorted(hits, key=lambda h: (h.span, h.rule, h.message)):
        config = configs[hit.rule]
        finding = _finding(hit, config, seen)
        if not config.rule.mandatory:
            cover = next((s for s in by_path.get(hit.span.path, ()) if s.covers(hit)), None)
            finding = replace(finding, suppressed=cover, baselined=baseline is not None and finding.key in baseline)
        findings.append(finding)
    return findings


def _finding(hit: Hit, config: RuleConfig, seen: dict[tuple[str, str, str], int]) -> Finding:
    about = str(hit.policy) if hit.policy else hit.span.path
    identity = (hit.rule, about, hit.subject)
    # The same text flagged twice in one policy gives two fingerprints, told apart by their order.
    seen[identity] = seen.get(identity, 0) + 1
    fingerprint = digest_text("\0".join((*identity, str(seen[identity]))))[:FINGERPRINT]
    return Finding(
        rule=hit.rule,
        severity=config.level or config.rule.severity,
        confidence=config.rule.confidence,
        message=hit.message,
        span=hit.span,
        help=hit.help,
        policy=hit.policy,
        fingerprint=fingerprint,
        fix=hit.fix,
    )


def stale_entries(
    baseline: Baseline, findings: Iterable[Finding], apps: Iterable[str], skipped: Iterable[SkippedRule]
) -> Iterator[tuple[BaselineKey, Span]]:
    """Baseline entries that nothing matched.

    Only those that something could have matched in this run: of the apps looked at, and of rules that ran (or no longer exist).
    """
    matched = {finding.key for finding in findings}
    looked_at = tuple(f"{prefix}{app}/" for app in apps for prefix in ("", "policies/"))
    idle = {skip.rule for skip in skipped}
    for key, span in baseline.spans.items():
        rule, subject, _ = key
        if key not in matched and rule not in idle and subject.startswith(looked_at):
            yield key, span
