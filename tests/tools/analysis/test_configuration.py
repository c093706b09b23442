"""Which setting decides a rule's level, and what is said of settings that match nothing."""

import pytest

from bylaw.analysis.configuration import RuleConfig, configure, explain
from bylaw.analysis.finding import Persona
from bylaw.analysis.registry import REGISTRY
from bylaw.model.diagnostics import Severity
from bylaw.model.spans import Position, Span
from bylaw.repository.documents.settings import LintSettings, RuleLevel, RuleSettings

LEVELS: dict[str, RuleLevel] = {
    "all": "note", "access": "error", "un*": "warning", "unc*": "error", "unconstrained-principal": "off",
}  # fmt: skip


def settle(rules: dict[str, RuleSettings], **more: object) -> dict[str, RuleConfig]:
    configs, problems = configure(REGISTRY, LintSettings(rules=rules), **more)  # type: ignore[arg-type]
    assert problems == ()
    return {config.rule.id: config for config in configs}


def level(text: RuleLevel) -> RuleSettings:
    return RuleSettings(level=text)


def test_without_settings_a_rule_has_its_own_level() -> None:
    configs = settle({})

    assert configs["unconditional-permit"].level is Severity.ERROR
    assert configs["unconditional-permit"].source == "built in"


@pytest.mark.parametrize(
    ("rule", "expected", "key"),
    [
        ("unconstrained-principal", None, "unconstrained-principal"),
        ("unconditional-permit", Severity.ERROR, "unc*"),
        ("unanchored-pattern", Severity.WARNING, "un*"),
        ("denylist-permit", Severity.ERROR, "access"),
        ("todo-left", Severity.NOTE, "all"),
    ],
)
def test_the_most_specific_key_wins(rule: str, expected: Severity | None, key: str) -> None:
    config = settle({name: level(text) for name, text in LEVELS.items()})[rule]

    assert config.level is expected
    assert config.source == f"bylaw.yaml (`{key}`)"


def test_the_command_line_beats_the_settings() -> None:
    configs = settle({"todo-left": level("error")}, overrides={"style": "error", "ownership": "off"})

    assert configs["todo-left"].level is None
    assert configs["todo-left"].source == "command line (`ownership`)"


def test_a_mandatory_rule_keeps_its_level() -> None:
    configs = settle({"all": RuleSettings(level="off", ignore=("**",))})

    assert configs["hidden-character"].level is Severity.ERROR
    assert configs["hidden-character"].source == "mandatory"
    assert not configs["hidden-character"].ignores("policies/desk/a.cedar")
    assert configs["todo-left"].ignores("policies/desk/a.cedar")


def test_a_persona_sees_its_rules_and_settings_show_them_to_anyone() -> None:
    assert settle({})["missing-owner"].level is None
    assert settle({}, persona=Persona.PEDANTIC)["missing-owner"].level is Severity.NOTE
    assert settle({"missing-owner": level("error")})["missing-owner"].level is Severity.ERROR


def test_an_alias_names_its_rule() -> None:
    configs = settle({"unguarded-optional": level("off")})

    assert configs["unguarded-optional-attribute"].level is None


def test_options_reach_the_rule() -> None:
    config = settle({"long-or-chain": RuleSettings(options={"min": 7})})["long-or-chain"]

    assert config.build().number("min") == 7


def test_settings_that_match_nothing_are_diagnosed() -> None:
    rules = {
        "unconditonal-permit": level("off"),
        "zzz*": level("off"),
        "hidden-character": level("off"),
        "long-or-chain": RuleSettings(options={"min": "many", "max": 3}),
        "past-deadline": RuleSettings(options={"names": True}),
        "missing-owner": RuleSettings(options={"x": 1}),
    }

    configs, problems = configure(REGISTRY, LintSettings(rules=rules))

    said = {(problem.code, problem.message, problem.help) for problem in problems}
    assert said == {
        ("unknown-rule", "no lint rule, glob or area `unconditonal-permit`", "did you mean `unconditional-permit`?"),
        ("unknown-rule", "no lint rule, glob or area `zzz*`", "run `bylaw lint --explain-config` for the rules"),
        ("mandatory-rule", "the rule `hidden-character` is mandatory, its level cannot be set", "remove the setting"),
        (
            "bad-option",
            "the option `min` of `long-or-chain` is a number",
            "from how many comparisons on a chain is long",
        ),
        ("unknown-option", "`long-or-chain` has no option `max`", "options: min"),
        (
            "bad-option",
            "the option `names` of `past-deadline` is a list of strings",
            "attributes that hold the current time",
        ),
        ("unknown-option", "`missing-owner` has no option `x`", "it has no options"),
    }
    chain = next(config for config in configs if config.rule.id == "long-or-chain")
    assert chain.build().number("min") == 3


def test_diagnostics_stand_where_the_setting_stands() -> None:
    span = Span("bylaw.yaml", Position(3, 5), Position(3, 9))

    _, problems = configure(
        REGISTRY,
        LintSettings(rules={"nope": level("off")}),
        locate=lambda route: span if route == ("rules", "nope") else None,
    )

    assert [problem.span for problem in problems] == [span]


def test_explaining_lists_every_rule_once() -> None:
    configs, _ = configure(REGISTRY, LintSettings(rules={"todo-left": level("off")}))

    rows = explain(configs)

    assert [row[0] for row in rows] == sorted(rule.id for rule in REGISTRY)
    assert ("todo-left", "off", "bylaw.yaml (`todo-left`)") in rows
    assert ("hidden-character", "error", "mandatory") in rows
