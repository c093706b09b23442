"""What was proved of an app is loaded again only for that very app, and an example only if the engine still sees its error."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from bylaw.analysis.proven import Proven
from bylaw.analysis.smt import kept_facts
from bylaw.analysis.smt.frame import CLOSED
from bylaw.analysis.smt.kept_facts import KeptFacts
from bylaw.analysis.smt.records import built, plain
from bylaw.analysis.smt.room import Options
from bylaw.analysis.smt.survey import survey
from bylaw.languages.cedar.program import CedarProgram
from bylaw.languages.cedar.schema import Environment
from bylaw.model.digests import Digest
from bylaw.model.identifiers import EntityUid
from tools.analysis.smt.surveyed import OPTIONS, app

POLICIES = {
    "pay": "permit (principal, action, resource) when { principal.level + 1 > 3 && principal.level > 0 };",
    "guard": 'forbid (principal, action == Action::"read", resource) when { resource.owner.level > 9 };',
    "twin": 'forbid (principal, action == Action::"read", resource) when { resource.owner.level > 9 };',
}


@dataclass
class Shelf:
    texts: dict[Digest, str] = field(default_factory=dict)

    def get(self, key: Digest) -> str | None:
        return self.texts.get(key)

    def put(self, key: Digest, text: str) -> None:
        self.texts[key] = text


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def surveys(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The apps that are really surveyed."""
    made: list[str] = []

    def counted(program: CedarProgram, options: Options) -> Proven:
        made.append(program.app)
        return survey(program, options)

    monkeypatch.setattr(kept_facts, "survey", counted)
    return made


def test_an_app_that_nobody_touched_is_not_surveyed_again(shelf: Shelf, surveys: list[str]) -> None:
    kept = KeptFacts(shelf, "tool")
    first = kept.survey(app(**POLICIES), OPTIONS)
    again = kept.survey(app(**POLICIES), OPTIONS)

    assert again == first
    assert any(policy.can_err for policy in first.policies)
    assert any(policy.can_err_on_missing for policy in first.policies)
    assert any(policy.redundant for policy in first.policies)
    assert len(surveys) == 1


@pytest.mark.parametrize("what", ["policy", "comment", "tool", "world", "limits"])
def test_whatever_facts_depend_on_is_in_the_key(shelf: Shelf, surveys: list[str], what: str) -> None:
    KeptFacts(shelf, "tool").survey(app(**POLICIES), OPTIONS)
    changed = {
        "policy": POLICIES | {"pay": POLICIES["pay"].replace("+ 1", "+ 2")},
        "comment": POLICIES | {"pay": f"// moved down\n{POLICIES['pay']}"},
    }
    options = {
        "world": replace(OPTIONS, world=CLOSED),
        "limits": replace(OPTIONS, limits=OPTIONS.limits._replace(steps=30_000_000)),
    }
    program = app(**changed.get(what, POLICIES))
    found = KeptFacts(shelf, "other" if what == "tool" else "tool").survey(program, options.get(what, OPTIONS))

    assert len(surveys) == 2
    assert found == survey(program, options.get(what, OPTIONS))


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-5],
        lambda _: "{}",
        lambda text: text.replace('"can_err"', '"can_er"'),
        lambda text: text.replace("9223372036854775807", "1"),
        lambda text: json.dumps(json.loads(text) | {"policies": [[1]]}),
        lambda text: json.dumps(json.loads(text) | {"environments": [["User"]]}),
    ],
)
def test_a_damaged_record_is_no_record(shelf: Shelf, damage: Callable[[str], str]) -> None:
    kept = KeptFacts(shelf, "tool")
    first = kept.survey(app(**POLICIES), OPTIONS)
    ((key, text),) = shelf.texts.items()
    shelf.texts[key] = damage(text)

    assert kept.survey(app(**POLICIES), OPTIONS) == first


def test_what_was_not_settled_is_not_kept(shelf: Shelf) -> None:
    late = replace(OPTIONS, in_time=lambda: False)

    assert KeptFacts(shelf, "tool").survey(app(**POLICIES), late).unknown
    assert not shelf.texts


def test_a_record_of_another_shape_is_refused() -> None:
    environment = Environment("User", EntityUid("Action", "read"), "Doc")

    assert built(Environment, plain(environment)) == environment
    for wrong in (["User", ["Action"], "Doc"], ["User", ["Action", 1], "Doc"], "User", None, ["User"]):
        with pytest.raises((TypeError, ValueError)):
            built(Environment, wrong)
