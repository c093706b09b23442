"""Which rules run, at which level, with which options; and where each of these comes from.

Strongest first: a mandatory rule keeps its level; the command line; `bylaw.yaml`; the rule's own default. In `bylaw.yaml` the key
of a setting is a rule id, a glob over ids (`unguarded-*`), an area (`style`) or `all`; the more specific key wins.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import NamedTuple

from bylaw.analysis.finding import Area, Persona
from bylaw.analysis.rule import Option, OptionValue, Rule
from bylaw.model.diagnostics import Diagnostic, Severity
from bylaw.model.spans import Span
from bylaw.repository.documents.settings import LintSettings, RuleLevel, RuleSettings

Locate = Callable[[tuple[str, ...]], Span | None]
"""From the keys of a setting below `lint` to its place in `bylaw.yaml`."""


class RuleConfig(NamedTuple):
    """One rule as it is to run."""

    rule: type[Rule]
    level: Severity | None
    """None when it does not run."""
    source: str
    """Where the level comes from, in words."""
    options: tuple[tuple[str, OptionValue], ...] = ()
    ignore: tuple[str, ...] = ()
    """Globs over paths the rule does not look at."""

    def build(self) -> Rule:
        """The rule, ready to check."""
        return self.rule(dict(self.options))

    def ignores(self, path: str) -> bool:
        """Whether findings of this rule in the file at `path` are not wanted. A mandatory rule looks everywhere."""
        return not self.rule.mandatory and any(fnmatchcase(path, pattern) for pattern in self.ignore)


def configure(
    rules: Sequence[type[Rule]],
    settings: LintSettings,
    *,
    overrides: Mapping[str, RuleLevel] | None = None,
    persona: Persona = Persona.REGULAR,
    locate: Locate = lambda _: None,
) -> tuple[tuple[RuleConfig, ...], tuple[Diagnostic, ...]]:
    """Settle every rule of `rules`; settings that match nothing are diagnosed."""
    command_line = {key: RuleSettings(level=level) for key, level in (overrides or {}).items()}
    configs = tuple(_settle(rule, settings.rules, command_line, persona) for rule in rules)
    problems = [
        *_check_keys(rules, command_line, lambda _: None),
        *_check_keys(rules, settings.rules, locate),
        *_check_options(rules, settings.rules, locate),
    ]
    return configs, tuple(problems)


def explain(configs: Sequence[RuleConfig]) -> tuple[tuple[str, str, str], ...]:
    """Rule id, level and source of every rule, for `bylaw lint --explain-config`."""
    return tuple((c.rule.id, c.level or "off", c.source) for c in sorted(configs, key=lambda c: c.rule.id))


def _settle(
    rule: type[Rule], settings: Mapping[str, RuleSettings], command_line: Mapping[str, RuleSettings], persona: Persona
) -> RuleConfig:
    matching = list(_matching(rule, settings))
    options: dict[str, OptionValue] = {}
    for _, found in matching:
        options.update(found.options)
    ignore = tuple(pattern for _, found in matching for pattern in found.ignore)
    level, source = _level(rule, matching, list(_matching(rule, command_line)), persona)
    return RuleConfig(rule, level, source, tuple(sorted(options.items())), ignore)


def _level(
    rule: type[Rule],
    settings: Sequence[tuple[str, RuleSettings]],
    command_line: Sequence[tuple[str, RuleSettings]],
    persona: Persona,
) -> tuple[Severity | None, str]:
    if rule.mandatory:
        return rule.severity, "mandatory"
    for origin, matching in (("command line", command_line), ("bylaw.yaml", settings)):
        for key, found in reversed(matching):
            if found.level is not None:
                level = None if found.level == "off" else Severity(found.level)
                return level, f"{origin} (`{key}`)"
    if not persona.sees(rule.persona):
        return None, f"for the persona `{rule.persona}`"
    return rule.severity, "built in"


def _matching(rule: type[Rule], settings: Mapping[str, RuleSettings]) -> Iterator[tuple[str, RuleSettings]]:
    """The settings that speak of `rule`, least specific first."""
    ranks = {key: rank for key in settings if (rank := _specificity(rule, key)) is not None}
    return ((key, settings[key]) for key in sorted(ranks, key=lambda key: (ranks[key], key)))


def _specificity(rule: type[Rule], key: str) -> tuple[int, int] | None:
    if key == rule.id or key in rule.aliases:
        return (3, 0)
    if key == "all":
        return (0, 0)
    if key == rule.area:
        return (1, 0)
    if "*" in key and fnmatchcase(rule.id, key):
        return (2, len(key))
    return None


def _check_keys(
    rules: Sequence[type[Rule]], settings: Mapping[str, RuleSettings], locate: Locate
) -> Iterator[Diagnostic]:
    known = [*(rule.id for rule in rules), *Area, "all"]
    for key, found in settings.items():
        matching = [rule for rule in rules if _specificity(rule, key)]
        if not matching and key not in known:
            close = get_close_matches(key, known, 1)
            remedy = f"did you mean `{close[0]}`?" if close else "run `bylaw lint --explain-config` for the rules"
            yield Diagnostic("unknown-rule", f"no lint rule, glob or area `{key}`", locate(("rules", key)), remedy)
        if len(matching) == 1 and matching[0].mandatory and (found.level or found.ignore):
            message = f"the rule `{matching[0].id}` is mandatory, its level cannot be set"
            yield Diagnostic("mandatory-rule", message, locate(("rules", key)), "remove the setting")


def _check_options(
    rules: Sequence[type[Rule]], settings: Mapping[str, RuleSettings], locate: Locate
) -> Iterator[Diagnostic]:
    for key, found in settings.items():
        options = {option.name: option for rule in rules if _specificity(rule, key) for option in rule.options}
        for name, value in found.options.items():
            span = locate(("rules", key, "options", name))
            if name not in options:
                remedy = f"options: {', '.join(sorted(options))}" if options else "it has no options"
                yield Diagnostic("unknown-option", f"`{key}` has no option `{name}`", span, remedy)
            elif not _fits(value, options[name]):
                kind = "a number" if isinstance(options[name].default, int) else "a list of strings"
                message = f"the option `{name}` of `{key}` is {kind}"
                yield Diagnostic("bad-option", message, span, options[name].about)


def _fits(value: OptionValue, option: Option) -> bool:
    if isinstance(option.default, int):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, list)
