"""What code scanning is told of a lint rule."""

from bylaw.analysis.finding import Area, Confidence
from bylaw.analysis.rule import Rule
from bylaw.model.diagnostics import Severity
from bylaw.reporting.lint_rules import sarif_rule
from bylaw.reporting.sarif_values import rule_json


class Sample(Rule):
    """A permit without any limit.

    ## What it finds

    A `permit` that names no principal,
    no action and no resource.

    ## Why it matters

    It allows everything.
    """

    id = "sample"
    area = Area.ACCESS
    severity = Severity.ERROR
    confidence = Confidence.MEDIUM
    since = "0.1.0"
    security_severity = 9
    aliases = ("old-sample",)


class Bare(Rule):
    """Something about style."""

    id = "bare"
    area = Area.STYLE
    severity = Severity.NOTE
    since = "0.1.0"


def test_the_descriptor_comes_from_the_docstring_and_the_metadata() -> None:
    rule = sarif_rule(Sample, "https://example.org/rules/sample")

    assert rule.short == "A permit without any limit."
    assert rule.full == "A `permit` that names no principal, no action and no resource."
    assert rule.help_markdown.endswith("It allows everything.")
    assert (rule.precision, rule.security_severity, rule.tags) == ("medium", "9.0", ("access", "cedar"))
    assert (rule.url, rule.aliases) == ("https://example.org/rules/sample", ("old-sample",))


def test_a_rule_without_headings_is_described_by_its_first_line() -> None:
    rule = sarif_rule(Bare)

    assert rule.short == rule.full == "Something about style."
    assert rule.security_severity is None


def test_an_alias_is_a_deprecated_id() -> None:
    value = rule_json(sarif_rule(Sample))

    assert isinstance(value, dict)
    assert value["deprecatedIds"] == ["old-sample"]
