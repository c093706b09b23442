"""Policies of which a solver could not settle everything: one line each, below what was proved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.text import Text

from bylaw.model.identifiers import PolicyRef
from bylaw.reporting.hostile import code_span, prose, visible
from bylaw.reporting.json_v1 import Json
from bylaw.reporting.sections import Priority, Section


@dataclass(frozen=True, slots=True)
class UnsettledResults:
    """What is not known, and why."""

    reasons: Mapping[PolicyRef, str] = field(default_factory=dict)


def unsettled_text(results: UnsettledResults) -> Text:
    """A line a policy, each ended."""
    text = Text()
    for ref, why in sorted(results.reasons.items()):
        text.append(f"not settled: {ref} because {visible(why)}\n", style="yellow")
    return text


def unsettled_section(results: UnsettledResults) -> Section:
    """A list item a policy."""
    rows = tuple(f"- {code_span(str(ref))}: {prose(why)}" for ref, why in sorted(results.reasons.items()))
    return Section(Priority.FINDINGS, "Not settled", rows)


def unsettled_json(results: UnsettledResults) -> Json:
    """Every policy with the reason."""
    return [{"policy": str(ref), "reason": why} for ref, why in sorted(results.reasons.items())]
