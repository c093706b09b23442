"""What `init` and `new` write: small, real, and green at once under `bylaw check`."""

from collections.abc import Mapping
from importlib import resources
from string import Template

from bylaw.languages.cedar.formatter import format_statement
from bylaw.model.identifiers import PolicyRef
from bylaw.pipeline.generated import document_schemas

_TEMPLATES = resources.files("bylaw.pipeline") / "templates"

REPOSITORY = {
    "bylaw.yaml": "settings.yaml",
    "policies/assistant/app.yaml": "app.yaml",
    "policies/assistant/access/read-own-tickets.cedar": "permit.cedar",
    "policies/assistant/guards/no-suspended-agents.cedar": "forbid.cedar",
    "schemas/assistant.cedarschema": "schema.cedarschema",
    "tests/policies/assistant/access.yaml": "suite.yaml",
    ".github/workflows/policy-checks.yml": "checks.yml",
    ".github/workflows/policy-reconcile.yml": "reconcile.yml",
    ".github/CODEOWNERS": "CODEOWNERS",
    ".gitignore": "gitignore",
    ".gitattributes": "gitattributes",
    "README.md": "README.md",
}
"""Path in the new repository to template."""


def repository_files(owner: str, version: str) -> Mapping[str, str]:
    """Every file of a new policy repository that belongs to `owner` (`org/repo`) and runs this `version` of the tool."""
    values = {"owner": owner, "team": owner.partition("/")[0], "version": version}
    own = {path: _fill(template, values) for path, template in REPOSITORY.items()}
    return {**own, **document_schemas()}


def policy_file(ref: PolicyRef, effect: str, owner: str) -> tuple[str, str]:
    """Path and text of a new policy: it is complete but for its scope and conditions."""
    text = _fill(
        "policy.cedar", {"effect": effect, "owner": owner, "name": ref.policy.rpartition("/")[2].replace("-", " ")}
    )
    return f"policies/{ref.app}/{ref.policy}.cedar", text


def suite_file(app: str, name: str) -> tuple[str, str]:
    """Path and text of a new suite."""
    return f"tests/policies/{app}/{name}.yaml", _fill("new-suite.yaml", {"name": name})


def rule_files(rule_id: str, area: str, today: str) -> Mapping[str, str]:
    """The files of a new lint rule, for those who work on the tool itself."""
    class_name = "".join(word.capitalize() for word in rule_id.split("-"))
    module = rule_id.replace("-", "_")
    values = {"id": rule_id, "area": area, "class_name": class_name, "today": today}
    return {
        f"tools/bylaw/analysis/rules/{area}/{module}.py": _fill("rule.py.txt", values),
        f"tests/tools/cases/rules/{rule_id}.yaml": _fill("rule-cases.yaml", values),
    }


def _fill(template: str, values: Mapping[str, str]) -> str:
    text = Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(values)
    return format_statement(text) if template.endswith(".cedar") else text


def app_files(app: str, owner: str) -> Mapping[str, str]:
    """A new app: its `app.yaml` and a schema to fill in."""
    namespace = "".join(word.capitalize() for word in app.split("-"))
    values = {"app": app, "owner": owner, "namespace": namespace}
    return {
        f"policies/{app}/app.yaml": _fill("new-app.yaml", values),
        f"schemas/{app}.cedarschema": _fill("new-schema.cedarschema", values),
    }
