"""Policy generations. This server has no language model: a policy given as prose gives that policy, other prose a finding."""

from typing import Any, Final

from bylaw.languages.cedar.parser import parse_statement
from bylaw.server.agentcore.context import Answer, Context, Values, page
from bylaw.server.agentcore.kinds import FACTS, Held, Kind, new_id

_UNTRANSLATABLE: Final = "this server translates no prose; write the policy itself"


def start_policy_generation(context: Context, values: Values) -> Answer:
    """Begin to make policies of prose."""
    engine = context.objects.get(Kind.ENGINE, values["policyEngineId"])
    name, text = values["name"], values["content"]["rawText"]
    held = Held(
        kind=Kind.GENERATION,
        id=new_id(name),
        parent=engine.id,
        name=name,
        status="GENERATING",
        created_at=context.now,
        updated_at=context.now,
        content={"resource": values["resource"], "assets": [_asset(text)]},
        change=context.change("GENERATED"),
    )
    return context.shown(context.objects.add(held))


def get_policy_generation(context: Context, values: Values) -> Answer:
    """One generation; also its summary, which shows less."""
    return context.shown(_get(context, values))


def list_policy_generations(context: Context, values: Values) -> Answer:
    """A page of an engine's generations; also of summaries."""
    engine = context.objects.get(Kind.ENGINE, values["policyEngineId"])
    return page(context, values, Kind.GENERATION, engine.id)


def list_policy_generation_assets(context: Context, values: Values) -> Answer:
    """What came of a generation; all of it fits into one page."""
    held = _get(context, values)
    done = held.status == FACTS[Kind.GENERATION].settled
    return {"policyGenerationAssets": list(held.content["assets"]) if done else []}


def _get(context: Context, values: Values) -> Held:
    context.objects.get(Kind.ENGINE, values["policyEngineId"])
    return context.objects.get(Kind.GENERATION, values["policyGenerationId"], values["policyEngineId"])


def _asset(text: str) -> dict[str, Any]:
    asset: dict[str, Any] = {"policyGenerationAssetId": new_id("asset"), "rawTextFragment": text}
    if parse_statement(text, "rawText").statement is None:
        return asset | {"findings": [{"type": "NOT_TRANSLATABLE", "description": _UNTRANSLATABLE}]}
    return asset | {"definition": {"cedar": {"statement": text}}, "findings": [{"type": "VALID", "description": ""}]}


HANDLERS: Final = {
    "StartPolicyGeneration": start_policy_generation,
    "GetPolicyGeneration": get_policy_generation,
    "ListPolicyGenerations": list_policy_generations,
    "ListPolicyGenerationAssets": list_policy_generation_assets,
    "GetPolicyGenerationSummary": get_policy_generation,
    "ListPolicyGenerationSummaries": list_policy_generations,
}
