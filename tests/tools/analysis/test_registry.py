"""What holds of every rule: its id, its metadata, and how little it takes to add one."""

import ast
from pathlib import Path

import pytest

from bylaw.analysis import rules as package
from bylaw.analysis.finding import Area
from bylaw.analysis.registry import REGISTRY
from bylaw.analysis.rule import (
    AppRule,
    ExceptionRule,
    GovernanceRule,
    HttpRule,
    MetaRule,
    NodeRule,
    PolicyRule,
    Rule,
    TextRule,
)
from bylaw.model.identifiers import is_segment

RULES = Path(package.__path__[0])
ANALYSIS = RULES.parent
rules = pytest.mark.parametrize("rule", REGISTRY, ids=lambda rule: rule.id)


def test_ids_and_aliases_are_unique_kebab_case() -> None:
    names = [name for rule in REGISTRY for name in (rule.id, *rule.aliases)]

    assert len(set(names)) == len(names)
    assert all(is_segment(name) for name in names)
    assert not set(names) & {*Area, "all"}


@rules
def test_a_rule_is_one_class_in_the_file_of_its_name(rule: type[Rule]) -> None:
    path = RULES / rule.area / f"{rule.id.replace('-', '_')}.py"
    classes = [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]

    assert rule.__module__ == f"bylaw.analysis.rules.{rule.area}.{path.stem}"
    assert rule.__name__ in classes
    assert rule.__name__ == "".join(word.capitalize() for word in rule.id.split("-"))


def test_every_rule_file_is_registered() -> None:
    files = {path.relative_to(RULES).with_suffix("") for path in RULES.rglob("*.py") if path.stem != "__init__"}

    assert files == {Path(rule.area) / rule.id.replace("-", "_") for rule in REGISTRY}


def test_analysis_names_a_rule_in_its_own_file_only() -> None:
    ids = {rule.id: rule.id.replace("-", "_") for rule in REGISTRY}
    elsewhere = [
        (str(path.relative_to(ANALYSIS)), node.value)
        for path in ANALYSIS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in ids and path.stem != ids[node.value]
    ]

    assert elsewhere == []


@rules
def test_a_rule_has_one_shape(rule: type[Rule]) -> None:
    shapes = [
        shape
        for shape in (NodeRule, PolicyRule, AppRule, ExceptionRule, GovernanceRule, HttpRule, MetaRule, TextRule)
        if issubclass(rule, shape)
    ]

    assert len(shapes) == 1
    assert "check" in vars(rule)


@rules
def test_only_access_rules_have_a_security_severity(rule: type[Rule]) -> None:
    assert (rule.security_severity is not None) is (rule.area is Area.ACCESS)


@rules
def test_rules_do_not_import_one_another(rule: type[Rule]) -> None:
    path = RULES / rule.area / f"{rule.id.replace('-', '_')}.py"
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    imports = [node.module or "" for node in tree if isinstance(node, ast.ImportFrom)]

    assert not [name for name in imports if name.startswith("bylaw.analysis.rules")]
    assert not [name for name in imports if name.split(".")[0] in {"cedarpy", "click", "rich"}]
