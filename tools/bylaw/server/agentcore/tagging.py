"""Tags of engines and gateways."""

from dataclasses import replace
from typing import Final

from bylaw.server.agentcore.context import Answer, Context, Values
from bylaw.server.agentcore.kinds import Held, Kind
from bylaw.server.agentcore.refusals import missing, quota

MAX_TAGS: Final = 50


def tag_resource(context: Context, values: Values) -> Answer:
    """Add tags, or change them."""
    held = _tagged(context, values)
    tags = {**(held.tags or {}), **values["tags"]}
    if len(tags) > MAX_TAGS:
        raise quota(f"A resource may have {MAX_TAGS} tags")
    context.objects.put(replace(held, tags=tags))
    return {}


def untag_resource(context: Context, values: Values) -> Answer:
    """Take tags away."""
    held = _tagged(context, values)
    gone = set(values["tagKeys"])
    context.objects.put(replace(held, tags={key: tag for key, tag in (held.tags or {}).items() if key not in gone}))
    return {}


def list_tags_for_resource(context: Context, values: Values) -> Answer:
    """All tags of a resource."""
    return {"tags": dict(_tagged(context, values).tags or {})}


def _tagged(context: Context, values: Values) -> Held:
    arn = values["resourceArn"]
    for kind in (Kind.ENGINE, Kind.GATEWAY):
        held = context.objects.find(kind, arn.rpartition("/")[2])
        if held is not None and context.arn(held) == arn:
            return held
    raise missing("Resource", arn)


HANDLERS: Final = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
