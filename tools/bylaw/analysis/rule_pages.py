"""The documentation of the rules, from the rules: one page each and an index. Generated, committed, and compared by a test."""

import inspect
import re
from collections.abc import Mapping

from bylaw.analysis.finding import Area
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.rule import MetaRule, Rule

DIRECTORY = "docs/rules"
HEADINGS = ("What it finds", "Why it matters", "Example", "Instead", "On AgentCore", "Configuration", "Fix safety")
"""In this order. The last two are written from the metadata where the rule does not."""
OPTIONAL = frozenset({"On AgentCore"})
"""Headings that only some pages have; every page has all others."""

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_NOTICE = "<!-- Generated from the rule's own text by `make generate`; edit the rule. -->\n\n"


def page_path(rule: type[Rule]) -> str:
    """Where the page of `rule` stands, from the repository root."""
    return f"{DIRECTORY}/{rule.id}.md"


def render_all() -> Mapping[str, str]:
    """Every generated page by path."""
    pages = {page_path(rule): render(rule) for rule in REGISTRY}
    return {f"{DIRECTORY}/index.md": _index(), **pages}


def render(rule: type[Rule]) -> str:
    """The page of one rule."""
    summary, sections = sections_of(rule)
    sections = {"Configuration": _configuration(rule), "Fix safety": "It has no fix.", **sections}
    if rule.options and "Configuration" not in sections_of(rule)[1]:
        sections["Configuration"] = _configuration(rule)
    body = "\n\n".join(f"## {heading}\n\n{sections[heading]}" for heading in HEADINGS if heading in sections)
    return f"{_NOTICE}# {rule.id}\n\n{summary}\n\n{_facts(rule)}\n\n{body}\n"


def sections_of(rule: type[Rule]) -> tuple[str, Mapping[str, str]]:
    """Summary, and text by heading, as the rule's docstring has them."""
    summary, *parts = _HEADING.split(inspect.cleandoc(rule.__doc__ or ""))
    return summary.strip(), {heading: text.strip() for heading, text in zip(parts[::2], parts[1::2], strict=True)}


def _facts(rule: type[Rule]) -> str:
    severity = f"{rule.severity}, mandatory" if rule.mandatory else str(rule.severity)
    rows = [
        ("severity", severity),
        ("confidence", str(rule.confidence)),
        ("area", str(rule.area)),
        ("persona", str(rule.persona)),
        ("needs", ", ".join(rule.needs) or "nothing"),
        ("since", rule.since),
    ]
    if rule.security_severity is not None:
        rows.append(("security severity", f"{rule.security_severity:.1f}"))
    if rule.aliases:
        rows.append(("also known as", ", ".join(f"`{alias}`" for alias in rule.aliases)))
    header, *rest = rows
    lines = [f"| {header[0]} | {header[1]} |", "|---|---|", *(f"| {name} | {value} |" for name, value in rest)]
    return "\n".join(lines)


def _configuration(rule: type[Rule]) -> str:
    if rule.mandatory:
        return "None: the rule is mandatory."
    lines = [f"- `{option.name}`: {option.about}. Default: {_default(option.default)}." for option in rule.options]
    if not lines:
        extra = " It cannot be suppressed." if issubclass(rule, MetaRule) else ""
        return f"Level and paths only, under `lint.rules.{rule.id}` in `bylaw.yaml`.{extra}"
    return f"Under `lint.rules.{rule.id}.options` in `bylaw.yaml`:\n\n" + "\n".join(lines)


def _default(value: int | tuple[str, ...]) -> str:
    return str(value) if isinstance(value, int) else ", ".join(f"`{word}`" for word in value)


def _index() -> str:
    how = "The id reads after the word *allow*, as in `// bylaw: allow <id> -- reason`."
    parts = [f"{_NOTICE}# Lint rules\n\n{len(REGISTRY)} rules. {how}"]
    for area in Area:
        rules = sorted((rule for rule in REGISTRY if rule.area is area), key=lambda rule: rule.id)
        rows = [f"| [{rule.id}]({rule.id}.md) | {_level(rule)} | {sections_of(rule)[0]} |" for rule in rules]
        parts.append("\n".join((f"## {area.title()}\n", "| rule | level | finds |", "|---|---|---|", *rows)))
    return "\n\n".join(parts) + "\n"


def _level(rule: type[Rule]) -> str:
    level = f"{rule.severity}, mandatory" if rule.mandatory else str(rule.severity)
    return level if rule.persona == "regular" else f"{level}, {rule.persona}"
