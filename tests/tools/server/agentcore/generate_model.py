"""Writes the part of the service model that the AgentCore face answers by: `python -m tools.server.agentcore.generate_model`.

Facts only: operations with method, path, status and errors; shapes with types, limits, patterns and choices.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any, Final

import boto3

SERVICE: Final = "bedrock-agentcore-control"
OPERATIONS = (
    "CreatePolicyEngine", "GetPolicyEngine", "ListPolicyEngines", "UpdatePolicyEngine", "DeletePolicyEngine",
    "GetPolicyEngineSummary", "ListPolicyEngineSummaries",
    "CreatePolicy", "GetPolicy", "ListPolicies", "UpdatePolicy", "DeletePolicy",
    "GetPolicySummary", "ListPolicySummaries",
    "StartPolicyGeneration", "GetPolicyGeneration", "ListPolicyGenerations", "ListPolicyGenerationAssets",
    "GetPolicyGenerationSummary", "ListPolicyGenerationSummaries",
    "TagResource", "UntagResource", "ListTagsForResource",
    "CreateGateway", "GetGateway", "ListGateways", "UpdateGateway", "DeleteGateway",
    "CreateGatewayTarget", "GetGatewayTarget", "ListGatewayTargets", "DeleteGatewayTarget",
)  # fmt: skip
_LIMITS = ("min", "max", "pattern", "enum")
_ERRORS = "errors"


def service_model() -> Any:
    """The model of the installed SDK."""
    client: Any = boto3.Session("x", "x", region_name="eu-west-1").client(SERVICE)
    return client.meta.service_model


def reduced() -> dict[str, Any]:
    """The part that is carried, ready for JSON."""
    model = service_model()
    shapes: dict[str, Any] = {}
    operations = {name: _operation(model.operation_model(name), shapes) for name in OPERATIONS}
    return {"operations": operations, "shapes": dict(sorted(shapes.items()))}


def _operation(operation: Any, shapes: dict[str, Any]) -> dict[str, Any]:
    found = {
        "method": operation.http["method"],
        "path": operation.http["requestUri"],
        "status": operation.http["responseCode"],
        _ERRORS: {e.name: e.metadata["error"]["httpStatusCode"] for e in sorted(operation.error_shapes, key=str)},
    }
    for side in ("input", "output"):
        shape = getattr(operation, f"{side}_shape")
        if shape is not None:
            _take(shape, shapes)
            found[side] = shape.name
    for error in operation.error_shapes:
        _take(error, shapes)
    return found


def _take(shape: Any, shapes: dict[str, Any]) -> None:
    if shape.name in shapes:
        return
    found: dict[str, Any] = {"type": shape.type_name}
    shapes[shape.name] = found
    found |= {key: shape.metadata[key] for key in _LIMITS if key in shape.metadata}
    match shape.type_name:
        case "structure":
            found["members"] = {name: _member(member) for name, member in shape.members.items()}
            found |= {"required": sorted(shape.required_members)} if shape.required_members else {}
            found |= {"union": True} if getattr(shape, "is_tagged_union", False) else {}
            found |= {"document": True} if getattr(shape, "is_document_type", False) else {}
            inside = list(shape.members.values())
        case "list":
            found["member"] = shape.member.name
            inside = [shape.member]
        case "map":
            found |= {"key": shape.key.name, "value": shape.value.name}
            inside = [shape.key, shape.value]
        case _:
            inside = []
    for member in inside:
        _take(member, shapes)


def _member(member: Any) -> dict[str, str]:
    found = {"shape": member.name}
    place = member.serialization.get("location")
    name = member.serialization.get("name")
    return found | ({"in": place} if place else {}) | ({"name": name} if name else {})


def text() -> str:
    """What stands in the file."""
    return json.dumps(reduced(), indent=1, ensure_ascii=False) + "\n"


def place() -> Path:
    """Where the file is."""
    return Path(str(resources.files("bylaw.server.agentcore") / "model.json"))


if __name__ == "__main__":
    place().write_text(text(), encoding="utf-8")
