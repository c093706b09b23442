"""Which fields differ between two versions of one `governance` policy, down to the name or number that does."""

from collections.abc import Iterator, Mapping

from bylaw.diff.edits import Edit
from bylaw.languages.governance.canonical import plain
from bylaw.languages.governance.program import GovernanceFile
from bylaw.model.exact import Json, is_list, json_text, same

_Route = tuple[str | int, ...]


def governance_edits(before: GovernanceFile, after: GovernanceFile) -> tuple[Edit, ...]:
    """Every difference between two versions of a policy, field by field in the order of their names."""
    return tuple(_edits(plain(before.policy), plain(after.policy), (), before, after))


def _edits(old: Json, new: Json, route: _Route, before: GovernanceFile, after: GovernanceFile) -> Iterator[Edit]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            place = (*route, name)
            if name not in old:
                yield Edit(_shown(place), None, json_text(new[name]), span=after.place(*place))
            elif name not in new:
                yield Edit(_shown(place), json_text(old[name]), None, span=before.place(*place))
            else:
                yield from _edits(old[name], new[name], place, before, after)
    elif is_list(old) and is_list(new) and all(isinstance(item, str) for item in (*old, *new)):
        yield from (Edit(_shown(route), None, str(item), span=after.place(*route)) for item in new if item not in old)
        yield from (Edit(_shown(route), str(item), None, span=before.place(*route)) for item in old if item not in new)
    elif not same(old, new):
        yield Edit(_shown(route), json_text(old), json_text(new), span=after.place(*route))


def _shown(route: _Route) -> str:
    return ".".join(map(str, route))
