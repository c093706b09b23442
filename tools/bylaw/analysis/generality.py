"""Which scope parts are at least as wide as a given one."""

from collections.abc import Iterable, Set

from bylaw.analysis.facts import AppContext
from bylaw.analysis.shapes import ScopeKey
from bylaw.model.identifiers import EntityUid

ANY: ScopeKey = ("any",)


class Generality:
    """Widens scope parts, with the action groups of the schema and the groups of the inventory."""

    def __init__(self, app: AppContext, used: Set[ScopeKey]) -> None:
        self._parents = app.parents
        self._schema = app.program.schema
        self._used = used
        self._wider: dict[ScopeKey, list[ScopeKey]] = {}

    def wider(self, part: ScopeKey) -> list[ScopeKey]:
        """`part` itself and every form known to admit all that it admits, of the forms that are used at all."""
        known = self._wider.get(part)
        if known is None:
            known = self._wider[part] = [form for form in self._forms(part) if form in self._used]
        return known

    def _forms(self, part: ScopeKey) -> list[ScopeKey]:
        found = [part]
        match part:
            case ("==", str(type_name), str(id_)) if type_name != "?":
                for group in self._groups(EntityUid(type_name, id_)):
                    found += (("in", *group), ("is", type_name, *group))
                found.append(("is", type_name))
            case ("in", str(type_name), str(id_)) if type_name != "?":
                found += (("in", *group) for group in self._groups(EntityUid(type_name, id_)))
            case ("in", frozenset() as members) if members:
                common = [set(self._groups(EntityUid(*member))) for member in members]
                found += (("in", *group) for group in set[EntityUid].intersection(*common))
            case ("is", str(type_name), str(group_type), str(id_)) if group_type != "?":
                groups = self._groups(EntityUid(group_type, id_))
                found += (form for group in groups for form in (("is", type_name, *group), ("in", *group)))
                found.append(("is", type_name))
            case _:
                pass
        return [*dict.fromkeys(found), ANY]

    def _groups(self, uid: EntityUid) -> list[EntityUid]:
        """`uid` and everything it is known to be in: `in` is reflexive."""
        found, todo = [uid], [uid]
        while todo:
            fresh = [group for group in sorted(self._above(todo.pop())) if group not in found]
            found += fresh
            todo += fresh
        return found

    def _above(self, uid: EntityUid) -> Iterable[EntityUid]:
        if self._schema is not None and uid in self._schema.actions:
            return self._schema.actions[uid].groups
        return self._parents.get(uid, ())
