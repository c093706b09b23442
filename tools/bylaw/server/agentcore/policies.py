"""Policies."""

from typing import Any, Final

from bylaw.server.agentcore.context import Answer, Context, Values, deleting, demand_idle, page
from bylaw.server.agentcore.judging import named
from bylaw.server.agentcore.kinds import Held, Kind, new_id
from bylaw.server.agentcore.refusals import FIELDS, Fault, conflict, invalid, quota

MAX_POLICIES: Final = 1000
VALIDATION: Final = "validationMode"
"""Kept, and in no answer."""


def create_policy(context: Context, values: Values) -> Answer:
    """Begin to make a policy."""
    engine = context.objects.get(Kind.ENGINE, values["policyEngineId"])
    if engine.status not in {"ACTIVE", "UPDATING"}:
        raise conflict(f"Policy engine {engine.id} is in status {engine.status}")
    if context.objects.count(Kind.POLICY, engine.id) >= MAX_POLICIES:
        raise quota(f"Policy engine {engine.id} has {MAX_POLICIES} policies, and may have no more")
    name = values["name"]
    kept = {member: values[member] for member in ("description", VALIDATION) if member in values}
    held = Held(
        kind=Kind.POLICY,
        id=new_id(name),
        parent=engine.id,
        name=name,
        status="CREATING",
        created_at=context.now,
        updated_at=context.now,
        content={
            **kept,
            "definition": _definition(context, values["definition"], engine.id),
            "enforcementMode": values.get("enforcementMode", "ACTIVE"),
        },
        change=context.change("ACTIVE"),
    )
    return context.shown(context.objects.add(held))


def get_policy(context: Context, values: Values) -> Answer:
    """One policy; also its summary, which shows less."""
    return context.shown(_get(context, values))


def list_policies(context: Context, values: Values) -> Answer:
    """A page of an engine's policies; also of summaries."""
    engine = context.objects.get(Kind.ENGINE, values["policyEngineId"])
    scope = values.get("targetResourceScope")

    def matches(held: Held) -> bool:
        return scope is None or named(held.content["definition"], scope)

    return page(context, values, Kind.POLICY, engine.id, matches)


def update_policy(context: Context, values: Values) -> Answer:
    """Change what is given; what is left out stays."""
    held = _get(context, values)
    demand_idle(held)
    if held.status == "CREATE_FAILED":
        raise conflict(f"Policy {held.id} was never created: delete it")
    changed: dict[str, Any] = {name: values[name] for name in ("enforcementMode", VALIDATION) if name in values}
    if "definition" in values:
        changed["definition"] = _definition(context, values["definition"], held.parent)
    if "description" in values:
        changed["description"] = values["description"].get("optionalValue")
    return context.shown(context.objects.put(held.moving("UPDATING", context.change("ACTIVE"), context.now, **changed)))


def delete_policy(context: Context, values: Values) -> Answer:
    """Begin to delete a policy."""
    return context.shown(deleting(context, _get(context, values)))


def _get(context: Context, values: Values) -> Held:
    context.objects.get(Kind.ENGINE, values["policyEngineId"])
    return context.objects.get(Kind.POLICY, values["policyId"], values["policyEngineId"])


def _definition(context: Context, definition: dict[str, Any], engine: str) -> dict[str, Any]:
    """A reference to a generated policy becomes its text."""
    reference = definition.get("policyGeneration")
    if reference is None:
        return definition
    generation = context.objects.get(Kind.GENERATION, reference["policyGenerationId"], engine)
    asset_id = reference["policyGenerationAssetId"]
    for asset in generation.content.get("assets", ()):
        if asset["policyGenerationAssetId"] == asset_id and "definition" in asset:
            return dict(asset["definition"])
    place = "definition.policyGeneration.policyGenerationAssetId"
    raise invalid("The asset holds no policy", FIELDS, Fault(place, "names no asset with a policy"))


HANDLERS: Final = {
    "CreatePolicy": create_policy,
    "GetPolicy": get_policy,
    "ListPolicies": list_policies,
    "UpdatePolicy": update_policy,
    "DeletePolicy": delete_policy,
    "GetPolicySummary": get_policy,
    "ListPolicySummaries": list_policies,
}
