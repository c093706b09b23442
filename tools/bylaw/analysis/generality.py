"""Which scope parts are at least as wide as a given one."""

from bylaw.analysis.facts import AppContext
from bylaw.analysis.shapes import ScopeKey
from bylaw.model.identifiers import EntityUid

ANY: ScopeKey = ("any",)


class Generality:
    """Widens scope parts, with the action groups of the schema and the groups of the inventory."""

    def __init__(self, app: AppContext) -> None:
        self._parents = app.parents
        self._schema = app.program.schema
        self._ancestors: dict[EntityUid, tuple[EntityUid, ...]] = {}

    def wider(self, part: ScopeKey) -> list[ScopeKey]:
        """`part` itself and every form known to admit all that it admits."""
        found = [part]
        match part:
            case ("==", str(type_name), str(id_)) if type_name != "?":
                found += (("in", *group) for group in self._groups(EntityUid(type_name, id_)))
                found += (("is", type_name, *group) for group in self._groups(EntityUid(type_name, id_)))
                found.append(("is", type_name))
            case ("in", str(type_name), str(id_)) if type_name != "?":
                found += (("in", *group) for group in self._groups(EntityUid(type_name, id_)))
            case ("in", frozenset() as members):
                common = [set(self._groups(EntityUid(*member))) for member in members]
                found += (("in", *group) for group in set[EntityUid].intersection(*common))
            case ("is", str(type_name), str(group_type), str(id_)) if group_type != "?":
                groups = self._groups(EntityUid(group_type, id_))
                found += (form for group in groups for form in (("is", type_name, *group), ("in", *group)))
                found.append(("is", type_name))
            case _:
                pass
        return [*dict.fromkeys(found), ANY]

    def _groups(self, uid: EntityUid) -> tuple[EntityUid, ...]:
        """`uid` and everything it is known to be in: `in` is reflexive."""
        known = self._ancestors.get(uid)
        if known is None:
            known = self._ancestors[uid] = tuple(self._search(uid))
        return known

    def _search(self, uid: EntityUid) -> list[EntityUid]:
        found, todo = [uid], [uid]
        while todo:
            current = todo.pop()
            above = set(self._parents.get(current, ()))
            if self._schema is not None and current in self._schema.actions:
                above.update(self._schema.actions[current].groups)
            fresh = above.difference(found)
            found += sorted(fresh)
            todo += fresh
        return found
