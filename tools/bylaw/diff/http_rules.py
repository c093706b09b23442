"""Which rules differ between two versions of one `http-rules` document; rules are known by their names, and taken apart."""

from collections.abc import Iterator

from bylaw.diff.edits import Edit
from bylaw.languages.http_rules.canonical import action_parts, action_text
from bylaw.languages.http_rules.model import Rule
from bylaw.languages.http_rules.program import RulesPolicy


def rules_edits(before: RulesPolicy, after: RulesPolicy) -> tuple[Edit, ...]:
    """Every difference between two versions of a document: its head, and then rule by rule."""
    return (*_head_edits(before, after), *_rule_edits(before, after))


def _head_edits(before: RulesPolicy, after: RulesPolicy) -> Iterator[Edit]:
    old, new = before.rules, after.rules
    for place, was, is_ in (
        ("agent", old.agent, new.agent),
        ("default", str(old.default), str(new.default)),
        ("mode", str(old.mode), str(new.mode)),
    ):
        if was != is_:
            yield Edit(place, was, is_, span=after.place(place))


def _rule_edits(before: RulesPolicy, after: RulesPolicy) -> Iterator[Edit]:
    old = {rule.name: rule for rule in before.rules.rules}
    new = {rule.name: rule for rule in after.rules.rules}
    for name, rule in new.items():
        was = old.get(name)
        if was is None:
            yield Edit(_place(name), None, action_text(rule), span=rule.span)
        else:
            yield from _part_edits(was, rule)
    for name, rule in old.items():
        if name not in new:
            yield Edit(_place(name), action_text(rule), None, span=rule.span)
    kept = [name for name in old if name in new]
    order = [name for name in new if name in old]
    if kept != order:
        yield Edit("order of rules", ", ".join(kept), ", ".join(order), span=after.head)


def _place(name: str) -> str:
    return f"rule {name}"


def _part_edits(before: Rule, after: Rule) -> Iterator[Edit]:
    """Each part that differs; the whole where even the kind does."""
    old, new = action_parts(before), action_parts(after)
    if old["kind"] != new["kind"]:
        yield Edit(_place(after.name), action_text(before), action_text(after), span=after.span)
        return
    for part in {**old, **new}:
        if old.get(part) != new.get(part):
            yield Edit(f"{_place(after.name)}, {part}", old.get(part), new.get(part), span=after.span)
