"""Where policies are on their way into force, target by target."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.text import Text

from bylaw.model.digests import SHORT
from bylaw.reconcile.plan import Plan
from bylaw.reconcile.rollout import Position, is_candidate
from bylaw.reporting.hostile import visible
from bylaw.reporting.json_v1 import Json
from bylaw.reporting.problem import amount

_STYLES = {"noop": "dim", "log_only": "yellow", "active": "green"}
_COMES = "comes here with the next apply"


@dataclass(frozen=True, slots=True)
class RolloutResults:
    """The plans whose positions are shown."""

    plans: tuple[Plan, ...]


def rollout_text(results: RolloutResults) -> Text:
    """A block a target."""
    text = Text()
    for number, plan in enumerate(results.plans):
        text.append("\n" if number else "").append(plan.target, style="bold")
        text.append(f": {amount(_arrived(plan), 'policy')} as git says, {len(plan.positions)} on the way\n")
        for line in _lines(plan.positions):
            text.append_text(line)
    return text


def _arrived(plan: Plan) -> int:
    on_the_way = {position.ref for position in plan.positions}
    return sum(not is_candidate(item.ref) and item.ref not in on_the_way for item in plan.desired)


def _lines(positions: Iterable[Position]) -> Iterable[Text]:
    ordered = sorted(positions, key=lambda position: position.ref)
    width = max((len(str(position.ref)) for position in ordered), default=0)
    for position in ordered:
        line = Text(f"  {position.stage.mode:<9}", style=_STYLES[position.stage.mode])
        line.append(f"{position.ref!s:<{width}}  ", style="")
        line.append(f"{position.digest[:SHORT]}  since {position.since:%Y-%m-%d %H:%M}  ", style="dim")
        yield line.append(f"{visible(position.waits_for or _COMES)}\n", style="")


def rollout_json(results: RolloutResults) -> Json:
    """Every position as values."""
    return [
        {
            "target": plan.target,
            "arrived": _arrived(plan),
            "on_the_way": [
                {
                    "policy": str(position.ref),
                    "digest": position.digest,
                    "stage": position.stage.mode,
                    "since": position.since.isoformat(),
                    "flips": position.flips,
                    "max_flips": position.stage.max_flips,
                    "dwell_hours": position.stage.dwell_hours,
                    "waits_for": position.waits_for or None,
                }
                for position in sorted(plan.positions, key=lambda position: position.ref)
            ],
        }
        for plan in results.plans
    ]
