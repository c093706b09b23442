"""Gateways and their targets, as far as policies are concerned: attachment, mode, and the tools that schemas come from."""

from collections.abc import Mapping
from typing import Any, Final

from bylaw.server.agentcore.context import Answer, Context, Values, deleting, demand_idle, page
from bylaw.server.agentcore.kinds import FACTS, Held, Kind, suffix
from bylaw.server.agentcore.refusals import FIELDS, Fault, conflict, invalid

_NOT_KEPT: Final = frozenset({"name", "clientToken", "tags", "gatewayIdentifier"})


def create_gateway(context: Context, values: Values) -> Answer:
    """Begin to make a gateway."""
    _demand_engine(context, values)
    gateway_id = f"{values['name'].lower().rstrip('-')}-{suffix()}"
    url = f"https://{gateway_id}.gateway.bedrock-agentcore.{context.region}.amazonaws.com/mcp"
    held = Held(
        kind=Kind.GATEWAY,
        id=gateway_id,
        parent="",
        name=values["name"],
        status="CREATING",
        created_at=context.now,
        updated_at=context.now,
        content={**_kept(values), "gatewayUrl": url},
        tags=dict(values.get("tags", {})),
        change=context.change("READY"),
    )
    return context.shown(context.objects.add(held))


def get_gateway(context: Context, values: Values) -> Answer:
    """One gateway."""
    return context.shown(_gateway(context, values))


def list_gateways(context: Context, values: Values) -> Answer:
    """A page of gateways."""
    return page(context, values, Kind.GATEWAY, "")


def update_gateway(context: Context, values: Values) -> Answer:
    """Replace all settings: what is left out is gone."""
    held = _gateway(context, values)
    demand_idle(held)
    if values["name"] != held.name:
        raise invalid("The name of a gateway cannot change", FIELDS, Fault("name", "cannot change"))
    _demand_engine(context, values)
    dropped = dict.fromkeys(held.content.keys() - {"gatewayUrl"})
    after = held.moving("UPDATING", context.change("READY"), context.now, **{**dropped, **_kept(values)})
    return context.shown(context.objects.put(after))


def delete_gateway(context: Context, values: Values) -> Answer:
    """Begin to delete a gateway without targets."""
    held = _gateway(context, values)
    if context.objects.count(Kind.TARGET, held.id):
        raise conflict(f"Gateway {held.id} has targets")
    return context.shown(deleting(context, held))


def create_gateway_target(context: Context, values: Values) -> Answer:
    """Begin to make a target of a gateway."""
    gateway = _gateway(context, values)
    held = Held(
        kind=Kind.TARGET,
        id=suffix().upper(),
        parent=gateway.id,
        name=values["name"],
        status="CREATING",
        created_at=context.now,
        updated_at=context.now,
        content={"credentialProviderConfigurations": [], **_kept(values)},
        change=context.change("READY"),
    )
    return context.shown(context.objects.add(held))


def get_gateway_target(context: Context, values: Values) -> Answer:
    """One target."""
    return context.shown(_target(context, values))


def list_gateway_targets(context: Context, values: Values) -> Answer:
    """A page of a gateway's targets."""
    return page(context, values, Kind.TARGET, _gateway(context, values).id)


def delete_gateway_target(context: Context, values: Values) -> Answer:
    """Begin to delete a target."""
    return context.shown(deleting(context, _target(context, values)))


def _kept(values: Values) -> Mapping[str, Any]:
    return {name: value for name, value in values.items() if name not in _NOT_KEPT}


def _gateway(context: Context, values: Values) -> Held:
    identifier = values["gatewayIdentifier"].rpartition("/")[2]
    return context.objects.get(Kind.GATEWAY, identifier)


def _target(context: Context, values: Values) -> Held:
    return context.objects.get(Kind.TARGET, values["targetId"], _gateway(context, values).id)


def _demand_engine(context: Context, values: Values) -> None:
    """A gateway can only be attached to an engine that is there."""
    configuration = values.get("policyEngineConfiguration")
    if configuration is None:
        return
    engine = context.objects.find(Kind.ENGINE, configuration["arn"].rpartition("/")[2])
    if engine is None or context.arn(engine) != configuration["arn"]:
        fault = Fault("policyEngineConfiguration.arn", "names no policy engine")
        raise invalid(f"{FACTS[Kind.ENGINE].what} {configuration['arn']} was not found", FIELDS, fault)


HANDLERS: Final = {
    "CreateGateway": create_gateway,
    "GetGateway": get_gateway,
    "ListGateways": list_gateways,
    "UpdateGateway": update_gateway,
    "DeleteGateway": delete_gateway,
    "CreateGatewayTarget": create_gateway_target,
    "GetGatewayTarget": get_gateway_target,
    "ListGatewayTargets": list_gateway_targets,
    "DeleteGatewayTarget": delete_gateway_target,
}
