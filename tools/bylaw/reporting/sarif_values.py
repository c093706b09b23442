"""The parts of a SARIF run: rule descriptors, results, regions, notifications."""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from bylaw.model.diagnostics import Severity
from bylaw.model.spans import Span, whole_file
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json, JsonObject
from bylaw.reporting.problem import Problem

Level = Literal["error", "warning", "note"]
Precision = Literal["very-high", "high", "medium", "low"]

MAX_TEXT: Final = 1024
MAX_NAME: Final = 255
MAX_TAGS: Final = 10
_CUT: Final = "…"
_LEVEL: Final[dict[Severity, Level]] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


@dataclass(frozen=True, slots=True)
class SarifRule:
    """What code scanning shows of a rule. Its id never changes; a renamed rule keeps the old id as an alias."""

    id: str
    name: str
    short: str
    full: str
    level: Severity = Severity.WARNING
    help: str = ""
    help_markdown: str = ""
    url: str | None = None
    tags: tuple[str, ...] = ()
    precision: Precision = "high"
    security_severity: str | None = None
    """`0.1` to `10.0`; only for rules about access."""
    aliases: tuple[str, ...] = ()


def rule_of(problem: Problem) -> SarifRule:
    """A plain descriptor for the code of a problem that no rule describes."""
    words = problem.code.replace("-", " ")
    return SarifRule(
        id=problem.code, name=problem.code, short=words, full=words, level=problem.severity, url=problem.url
    )


def rule_json(rule: SarifRule) -> Json:
    """The reporting descriptor of a rule."""
    help_value: JsonObject = {"text": _inactive(rule.help or rule.full or rule.short or rule.id)}
    if rule.help_markdown:
        help_value["markdown"] = rule.help_markdown
    value: JsonObject = {
        "id": rule.id,
        "name": _shortened(rule.name or rule.id, MAX_NAME),
        "shortDescription": {"text": _text(rule.short or rule.id)},
        "fullDescription": {"text": _text(rule.full or rule.short or rule.id)},
        "help": help_value,
        "defaultConfiguration": {"level": _LEVEL[rule.level]},
        "properties": _properties(rule),
    }
    if rule.url:
        value["helpUri"] = rule.url
    if rule.aliases:
        value["deprecatedIds"] = list(rule.aliases)
    return value


def _properties(rule: SarifRule) -> Json:
    properties: JsonObject = {
        "precision": rule.precision,
        "tags": [_shortened(tag, MAX_NAME) for tag in rule.tags[:MAX_TAGS]],
    }
    if rule.security_severity is not None:
        properties["security-severity"] = rule.security_severity
    else:
        properties["problem.severity"] = {"note": "recommendation"}.get(rule.level, str(rule.level))
    return properties


def result_json(problem: Problem, rule_index: int, default_path: str) -> Json:
    """One result with exactly one location."""
    span = problem.span or whole_file(default_path)
    text = problem.message if problem.help is None else f"{problem.message}; {problem.help}"
    value: JsonObject = {
        "ruleId": problem.code,
        "ruleIndex": rule_index,
        "level": _LEVEL[problem.severity],
        "message": {"text": _inactive(text) or problem.code},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(span.path), "region": _region(span)}}],
    }
    if problem.fingerprint is not None:
        value["partialFingerprints"] = {"primaryLocationLineHash": problem.fingerprint}
    if problem.policy is not None:
        value["properties"] = {"policy": str(problem.policy)}
    if not problem.active:
        value["suppressions"] = [_suppression(problem)]
    return value


def _suppression(problem: Problem) -> Json:
    if problem.suppressed_reason is not None:
        return {"kind": "inSource", "justification": _inactive(problem.suppressed_reason)}
    return {"kind": "external", "justification": "known: it is in the baseline"}


def _artifact(path: str) -> Json:
    return {"uri": quote(path, safe="/", errors="replace"), "uriBaseId": "%SRCROOT%"}


def _region(span: Span) -> Json:
    # Consumers want all four numbers and something between them.
    empty = span.end <= span.start
    end = (span.start.line, span.start.column + 1) if empty else span.end
    return {"startLine": span.start.line, "startColumn": span.start.column, "endLine": end[0], "endColumn": end[1]}


def notification(identifier: str, level: Level, text: str) -> Json:
    """What went wrong with the run itself."""
    return {"descriptor": {"id": identifier}, "level": level, "message": {"text": _inactive(text)}}


def _text(text: str) -> str:
    return _shortened(_inactive(text), MAX_TEXT)


def _inactive(text: str) -> str:
    """Plain text without embedded links, which a message string may hold, and with nothing invisible."""
    return visible(text, keep="\n").replace("](", "] (")


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT
