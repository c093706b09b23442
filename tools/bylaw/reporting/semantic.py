"""What a change means, for people: the verdict first, then app by app what shows it."""

from collections.abc import Iterator

from rich.text import Text

from bylaw.diff.acceptance import Gate
from bylaw.diff.cedar_semantic import CedarVerdict
from bylaw.diff.governance_semantic import GovernanceVerdict
from bylaw.diff.http_rules_semantic import RulesVerdict
from bylaw.diff.semantic import AppVerdict, SemanticDiff
from bylaw.model.verdicts import Verdict
from bylaw.reporting.cedar_semantic import cedar_json, cedar_text
from bylaw.reporting.governance_semantic import governance_json, governance_text
from bylaw.reporting.hostile import fence, visible
from bylaw.reporting.http_rules_semantic import rules_json, rules_text
from bylaw.reporting.json_v1 import Json, JsonObject
from bylaw.reporting.problem import amount
from bylaw.reporting.sections import Priority, Section
from bylaw.reporting.styles import STYLES

ASSUMED = "Proved for every request and entity store that fits the schema, with all referenced entities present."
ASSUMED_OPEN = "Proved for every request and entity store that fits the schema, entities missing or not."
ASSUMED_GOVERNANCE = "Decided field by field, for every action; another policy may refuse what has no example."
ASSUMED_RULES = "Decided for every HTTP request, as if the rules were enforced."


def headline(found: SemanticDiff) -> str:
    """The one line that a reviewer reads."""
    units = [amount(number, unit) for unit, number in found.sizes.items() if number]
    size = f"{' and '.join(units) or 'nothing'} of {amount(len(found.apps), 'app')}"
    match found.verdict:
        case Verdict.EQUAL:
            return f"This change allows and denies exactly what was before: proved for {size}."
        case Verdict.NARROWS:
            return f"This change allows nothing new: proved for {size}. Some requests are no longer allowed."
        case Verdict.WIDENS | Verdict.CHANGES:
            where = f"in {sum(app.parts.widening for app in found.apps)} of {size}"
            more = ", and no longer allows others" if found.verdict is Verdict.CHANGES else ""
            return f"This change newly allows requests {where}{more}."
        case Verdict.UNKNOWN:
            shown = any(app.parts.shown for app in found.apps)
            return (
                "This change newly allows requests, and not everything could be settled."
                if shown
                else "It could not be settled what this change allows."
            )


def semantic_text(found: SemanticDiff, *, open_world: bool = False) -> Text:
    """The verdict with its reasons."""
    if not found.apps:
        return Text()
    text = Text(f"{headline(found)}\n", style=STYLES[found.verdict])
    for app in found.apps:
        text.append_text(_app(app))
    assumed = _assumed(found, open_world=open_world)
    return text.append(f"\n{assumed}\n", style="dim")


def _assumed(found: SemanticDiff, *, open_world: bool) -> str:
    """What the words above hold for."""
    kinds = {type(app) for app in found.apps}
    said = [ASSUMED_OPEN if open_world else ASSUMED] if kinds - {RulesVerdict, GovernanceVerdict} else []
    said += [ASSUMED_RULES] if RulesVerdict in kinds else []
    said += [ASSUMED_GOVERNANCE] if GovernanceVerdict in kinds else []
    assumed = " ".join(said)
    return f"What is settled: {assumed[0].lower()}{assumed[1:]}" if found.verdict is Verdict.UNKNOWN else assumed


def _app(app: AppVerdict) -> Text:
    text = Text(f"\n{visible(app.app)}  ", style="bold").append(f"{app.verdict}\n", style=STYLES[app.verdict])
    match app:
        case CedarVerdict():
            return text.append_text(cedar_text(app))
        case RulesVerdict():
            return text.append_text(rules_text(app))
        case GovernanceVerdict():
            return text.append_text(governance_text(app))
        case _:
            return text.append(f"  {visible(app.reason)}\n")


def semantic_sections(found: SemanticDiff, *, open_world: bool = False) -> Iterator[Section]:
    """The verdict, which leads the page, and a block for what is behind it."""
    if not found.apps:
        return
    yield Section(Priority.VERDICT, "", lead=("", f"**{headline(found)}**"))
    if found.verdict is not Verdict.EQUAL:
        first, *rows, last = fence(semantic_text(found, open_world=open_world).plain.strip(), info="text").split("\n")
        yield Section(Priority.ACCESS, "What it allows", rows=tuple(rows), lead=(first,), tail=(last,))


def semantic_json(found: SemanticDiff) -> Json:
    """Every environment with its verdict and examples."""
    return {
        "verdict": str(found.verdict),
        "apps": [
            {
                "app": app.app,
                "verdict": str(app.verdict),
                "before": app.before,
                "after": app.after,
                "reason": app.reason or None,
                **_parts_json(app),
            }
            for app in found.apps
        ],
    }


def _parts_json(app: AppVerdict) -> JsonObject:
    match app:
        case CedarVerdict():
            return cedar_json(app)
        case RulesVerdict():
            return rules_json(app)
        case GovernanceVerdict():
            return governance_json(app)
        case _:
            return {}


def open_text(found: SemanticDiff, gate: Gate) -> Text:
    """What fails the run, and how it could be accepted, ready to be pasted."""
    lines = []
    for app in found.apps:
        for change in ("widens", "narrows"):
            for policy in gate.open(app, change):
                lines += [
                    f"  - app: {visible(app.app)}",
                    f"    policy: {visible(policy)}",
                    f"    change: {change}",
                    f"    before: {app.before}",
                    f"    after: {app.after}",
                    "    reason: <why this is wanted>",
                ]
    if not lines:
        return Text("not settled, and so not accepted")
    text = Text("not accepted; if it is wanted, put into a file and pass it with `--accept`:\n\n", style="bold")
    return text.append("\n".join(["version: 1", "accepted:", *lines]))
