r"""Personal data and secrets in the texts of arguments, found in linear time.

RE2 knows no look-ahead, so what is left to check of a candidate is checked here. Classes and `\b` are ASCII.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import re2

from bylaw.evaluation.governance.decisions import Personal, PolicyLabel, Refusal, Remediation, Stage
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import State
from bylaw.languages.governance.model import Governance, PiiRule
from bylaw.languages.portable_regex import PortableRegex, compile_regex
from bylaw.model.dialects import Dialect
from bylaw.model.exact import Json

EXTRA = "extra_pattern"
"""The category of a pattern that a policy brings along."""


class Category(NamedTuple):
    """What such data looks like."""

    pattern: str
    is_real: Callable[[str], bool] = bool


def _is_number_of_security(found: str) -> bool:
    digits = "".join(filter(str.isdigit, found))
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"


def _has_check_digit(found: str) -> bool:
    digits = [int(digit) for digit in found if digit.isdigit()]
    doubled = (sum(divmod(digit * 2, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


CATEGORIES = {
    "email": Category(r"\b[[:alnum:]._%+-]+@[[:alnum:].-]+\.[[:alpha:]]{2,}\b"),
    "us_ssn": Category(r"\b[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4}\b", _is_number_of_security),
    "credit_card": Category(r"\b(?:[0-9][ -]?){12,18}[0-9]\b", _has_check_digit),
    "phone_us": Category(r"\b(?:\+?1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[ .-]?[0-9]{4}\b"),
    "api_key_like": Category(r"\b(?:(?:sk|pk|api|key|token)[_-][[:word:]-]{24,}|[[:alnum:]]{40,})\b"),
    "aws_access_key": Category(r"\bA(?:KIA|SIA)[[:upper:][:digit:]]{16}\b"),
    "private_key_block": Category(r"-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH|PGP) )?PRIVATE KEY-----"),
}
_COMPILED = {name: re2.compile(category.pattern) for name, category in CATEGORIES.items()}
DEFAULT_RULE = PiiRule(tuple(CATEGORIES))


class Detector(NamedTuple):
    """A rule, compiled."""

    categories: tuple[str, ...]
    extra: tuple[PortableRegex, ...]

    def found_in(self, text: str) -> Iterator[str]:
        """The categories of what is in a text."""
        for name in self.categories:
            is_real = CATEGORIES[name].is_real
            if any(is_real(match.group()) for match in _COMPILED[name].finditer(text)):
                yield name
        if any(pattern.found_in(text) for pattern in self.extra):
            yield EXTRA

    def inspect(self, arguments: Mapping[str, Json]) -> Personal | None:
        """What is in the texts of the arguments, and where; none where there is nothing."""
        found = [(name, path) for path, text in texts(arguments) for name in self.found_in(text)]
        if not found:
            return None
        return Personal(tuple(sorted({name for name, _ in found})), tuple(sorted({path for _, path in found})))


@dataclass(frozen=True, slots=True)
class PiiCheck:
    """The rule of one policy for one action."""

    policy: PolicyLabel
    detector: Detector
    rule: str
    stage: Stage = Stage.PII

    def look(self, event: GovernanceEvent, _state: State) -> Refusal | None:
        """Refuses what holds personal data."""
        personal = self.detector.inspect(event.arguments)
        return None if personal is None else disclosed(event.action, personal, self.rule)


def pii_check(policy: PolicyLabel, document: Governance, action: str, dialect: Dialect) -> PiiCheck | None:
    """The check of an action that has a rule, or stands under the default one."""
    rule = document.guardrails.pii.get(action)
    if rule is not None:
        return PiiCheck(policy, detector(rule, dialect), f"pii_rules.{action}")
    if document.guardrails.pii_by_default:
        return PiiCheck(policy, detector(DEFAULT_RULE, dialect), "pii_default_enabled")
    return None


def detector(rule: PiiRule, dialect: Dialect) -> Detector:
    """What looks for the data that a rule is about; categories that nobody knows are left out.

    Raises:
        RegexError: an extra pattern is not of the portable subset.
    """
    names = tuple(name for name in rule.categories if name in CATEGORIES and name not in rule.allow_categories)
    return Detector(names, tuple(compile_regex(pattern, dialect) for pattern in rule.extra_patterns))


def texts(arguments: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Every text, with its path."""
    waiting: list[tuple[str, Json]] = list(arguments.items())
    while waiting:
        path, value = waiting.pop()
        match value:
            case str():
                yield path, value
            case Mapping():
                waiting.extend((f"{path}.{name}", inner) for name, inner in value.items())
            case None | int():
                continue
            case Collection():
                waiting.extend((f"{path}[{place}]", inner) for place, inner in enumerate(value))
            case _:
                continue


def disclosed(action: str, personal: Personal, rule: str) -> Refusal:
    """The refusal of data that should not leave."""
    message = f"{action}: {', '.join(personal.categories)} in {', '.join(personal.fields)}"
    remediation = Remediation(f"Remove {', '.join(personal.categories)} from {', '.join(personal.fields)} and retry.")
    return Refusal(Reason.PII_DETECTED, message, rule, remediation, personal=personal)
