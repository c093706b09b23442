"""Policy engines."""

from datetime import datetime
from typing import Final

from bylaw.server.agentcore.context import Answer, Context, Values, deleting, demand_idle, page
from bylaw.server.agentcore.kinds import Held, Kind, new_id
from bylaw.server.agentcore.refusals import conflict, quota

MAX_ENGINES: Final = 1000
_KEPT: Final = ("description", "encryptionKeyArn")


def create_policy_engine(context: Context, values: Values) -> Answer:
    """Begin to make an engine."""
    if context.objects.count(Kind.ENGINE, "") >= MAX_ENGINES:
        raise quota(f"The account has {MAX_ENGINES} policy engines, and may have no more")
    name = values["name"]
    held = Held(
        kind=Kind.ENGINE,
        id=new_id(name),
        parent="",
        name=name,
        status="CREATING",
        created_at=context.now,
        updated_at=context.now,
        content={member: values[member] for member in _KEPT if member in values},
        tags=dict(values.get("tags", {})),
        change=context.change("ACTIVE"),
    )
    return context.shown(context.objects.add(held))


def get_policy_engine(context: Context, values: Values) -> Answer:
    """One engine; also its summary, which shows less."""
    return context.shown(context.objects.get(Kind.ENGINE, values["policyEngineId"]))


def list_policy_engines(context: Context, values: Values) -> Answer:
    """A page of engines; also of summaries."""
    return page(context, values, Kind.ENGINE, "")


def update_policy_engine(context: Context, values: Values) -> Answer:
    """Change the description, which is all that can change."""
    held = context.objects.get(Kind.ENGINE, values["policyEngineId"])
    demand_idle(held)
    if "description" in values:
        description = values["description"].get("optionalValue")
        held = held.moving("UPDATING", context.change("ACTIVE"), context.now, description=description)
    else:
        held = held.moving("UPDATING", context.change("ACTIVE"), context.now)
    return context.shown(context.objects.put(held))


def delete_policy_engine(context: Context, values: Values) -> Answer:
    """Begin to delete an engine without policies."""
    held = context.objects.get(Kind.ENGINE, values["policyEngineId"])
    if context.objects.count(Kind.POLICY, held.id):
        raise conflict(f"Policy engine {held.id} has policies")
    drained = held.content.get("drained")
    if (
        drained is not None
        and (context.now - datetime.fromisoformat(drained)).total_seconds() < context.options.drain_seconds
    ):
        raise conflict(f"Policy engine {held.id} still has policies that are being deleted")
    attached = (
        gateway.content.get("policyEngineConfiguration") for gateway in context.objects.listed(Kind.GATEWAY, "")
    )
    if any(found and found["arn"] == context.arn(held) for found in attached):
        raise conflict(f"Policy engine {held.id} is attached to a gateway")
    return context.shown(deleting(context, held))


HANDLERS: Final = {
    "CreatePolicyEngine": create_policy_engine,
    "GetPolicyEngine": get_policy_engine,
    "ListPolicyEngines": list_policy_engines,
    "UpdatePolicyEngine": update_policy_engine,
    "DeletePolicyEngine": delete_policy_engine,
    "GetPolicyEngineSummary": get_policy_engine,
    "ListPolicyEngineSummaries": list_policy_engines,
}
