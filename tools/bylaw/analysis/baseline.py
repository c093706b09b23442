"""The baseline: findings that were there when the rules came, so that only new ones count.

An entry names rule, policy and a fingerprint of what is flagged, never a line. The file is sorted and only shrinks unless it is
written on purpose; an entry that nothing matches is itself a finding. Mandatory rules are never in it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from bylaw.analysis.finding import BaselineKey, Finding
from bylaw.model.spans import Span, whole_file
from bylaw.repository.documents.base import Document
from bylaw.repository.yaml_reader import YamlFile

SCHEMA_LINE = "# yaml-language-server: $schema=schemas/documents/baseline.schema.json"


class BaselineEntry(Document):
    """One accepted finding."""

    rule: str
    subject: str = Field(description="the policy, `app/policy`, or the file it is about")
    fingerprint: Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")] = Field(
        description="of the rule, the subject and the canonical text of what is flagged"
    )
    message: str = Field(default="", description="for the reader; takes no part in matching")

    @property
    def key(self) -> BaselineKey:
        """What is compared."""
        return (self.rule, self.subject, self.fingerprint)


class BaselineDocument(Document):
    """The whole of the baseline file."""

    version: Literal[1]
    findings: tuple[BaselineEntry, ...] = ()


class Baseline:
    """The entries of a baseline file, with their places."""

    def __init__(self, document: BaselineDocument | None, places: YamlFile | None = None, path: str = "") -> None:
        entries = document.findings if document else ()
        self.entries: tuple[BaselineEntry, ...] = entries
        self.spans: Mapping[BaselineKey, Span] = {
            entry.key: places.span(("findings", index)) if places else whole_file(path)
            for index, entry in enumerate(entries)
        }

    def __contains__(self, key: object) -> bool:
        return key in self.spans


EMPTY_BASELINE = Baseline(None)


def entries_for(findings: Iterable[Finding], never: frozenset[str]) -> tuple[BaselineEntry, ...]:
    """The entries that would hide `findings`; those of the rules in `never` stay visible, suppressed ones need none."""
    return tuple(
        BaselineEntry(
            rule=finding.rule, subject=finding.subject, fingerprint=finding.fingerprint, message=finding.message
        )
        for finding in findings
        if finding.suppressed is None and finding.rule not in never
    )


def prune(entries: Iterable[BaselineEntry], stale: Iterable[BaselineKey]) -> tuple[BaselineEntry, ...]:
    """`entries` without the stale ones."""
    gone = set(stale)
    return tuple(entry for entry in entries if entry.key not in gone)


def dump_baseline(entries: Iterable[BaselineEntry]) -> str:
    """The text of a baseline file: sorted, one key a line, no repetition."""
    unique = {entry.key: entry for entry in entries}
    lines = [SCHEMA_LINE, "version: 1", "findings:" if unique else "findings: []"]
    for key in sorted(unique):
        fields = [f"{name}: {_quoted(value)}" for name, value in unique[key].model_dump().items()]
        lines += [f"  - {fields[0]}", *(f"    {field}" for field in fields[1:])]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A YAML string. Quoted always: a fingerprint of digits alone would be a number."""
    return json.dumps("".join(c if c.isprintable() else " " for c in text), ensure_ascii=False)
