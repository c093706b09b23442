"""Where the values of arguments have to come from: what an earlier action gave, or was given."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bylaw.evaluation.governance.decisions import PolicyLabel, Refusal, Remediation, Stage, Ungrounded
from bylaw.evaluation.governance.events import GovernanceEvent
from bylaw.evaluation.governance.logs import EvidenceRecord
from bylaw.evaluation.governance.reasons import Reason
from bylaw.evaluation.governance.state import EvidenceKey, State
from bylaw.languages.governance.model import GroundingRule
from bylaw.model.exact import Json, same


class Grounding(NamedTuple):
    """A rule for one argument, its path taken apart."""

    argument: str
    rule: GroundingRule
    path: tuple[str, ...]

    def is_shown_by(
        self, value: Json, records: Iterable[EvidenceRecord], equal: Callable[[Json, Json], bool], oldest_ms: int | None
    ) -> bool:
        """Whether one of the records, newest first, has that value and is not older than allowed."""
        for record in records:
            if oldest_ms is not None and record.timestamp_ms < oldest_ms:
                return False
            found = at(record.kwargs if self.rule.source_from == "kwargs" else record.result, self.path)
            if found is not None and equal(found, value):
                return True
        return False


@dataclass(frozen=True, slots=True)
class GroundingCheck:
    """The rules of one policy for one action; an argument that is absent or null is not looked at."""

    policy: PolicyLabel
    rules: tuple[Grounding, ...]
    max_age_ms: int | None
    stage: Stage = Stage.GROUNDING

    def look(self, event: GovernanceEvent, state: State) -> Refusal | None:
        """Refuses an argument that no fresh record of its source shows."""
        oldest = None if self.max_age_ms is None else event.timestamp_ms - self.max_age_ms
        missing: list[Grounding] = []
        for rule in self.rules:
            value = event.arguments.get(rule.argument)
            if value is None:
                continue
            log = (
                None if event.run_id is None else state.evidence.get(EvidenceKey(event.run_id, rule.rule.source_action))
            )
            if log is None or not rule.is_shown_by(value, log.newest_first(), same, oldest):
                missing.append(rule)
        return ungrounded(event.action, missing) if missing else None


def groundings(rules: Mapping[str, GroundingRule]) -> tuple[Grounding, ...]:
    """Rules by argument, taken apart."""
    return tuple(Grounding(name, rule, tuple(rule.source_field.split("."))) for name, rule in rules.items())


def at(value: Json, path: Sequence[str]) -> Json:
    """What is at a path of keys; null where nothing is. Lists are not walked."""
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return value


def ungrounded(action: str, missing: Sequence[Grounding]) -> Refusal:
    """The refusal of arguments that come from nowhere."""
    found = tuple(Ungrounded(rule.argument, f"{rule.rule.source_action}.{rule.rule.source_field}") for rule in missing)
    texts = tuple(f"{one.field}: not found in {one.expected_source}" for one in found)
    sources = ", ".join(dict.fromkeys(rule.rule.source_action for rule in missing))
    remediation = Remediation(f"Take these arguments from what {sources} gives, and retry.", argument_violations=texts)
    message = f"{action}: {', '.join(one.field for one in found)} not grounded in evidence"
    rule = f"grounding_rules.{action}.{found[0].field}"
    return Refusal(Reason.UNGROUNDED_ARGUMENT, message, rule, remediation, ungrounded=found)
