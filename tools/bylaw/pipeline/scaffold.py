"""What `init` and `new` write: small, real, and green at once under `bylaw check`."""

from collections.abc import Mapping
from importlib import resources
from string import Template

from bylaw.languages.cedar.formatter import format_statement
from bylaw.model.identifiers import PolicyRef
from bylaw.pipeline.generated import document_schemas
from bylaw.repository.layout import SUFFIXES

_TEMPLATES = resources.files("bylaw.pipeline") / "templates"

REPOSITORY = {
    "bylaw.yaml": "settings.yaml",
    ".github/workflows/policy-checks.yml": "checks.yml",
    ".github/workflows/policy-reconcile.yml": "reconcile.yml",
    ".github/CODEOWNERS": "CODEOWNERS",
    ".gitignore": "gitignore",
    ".gitattributes": "gitattributes",
    "README.md": "README.md",
}
"""Path in the new repository to template."""

STARTERS: Mapping[str, Mapping[str, str]] = {
    "cedar": {
        "policies/assistant/app.yaml": "app.yaml",
        "policies/assistant/access/read-own-tickets.cedar": "permit.cedar",
        "policies/assistant/guards/no-suspended-agents.cedar": "forbid.cedar",
        "schemas/assistant.cedarschema": "schema.cedarschema",
        "tests/policies/assistant/access.yaml": "suite.yaml",
    },
    "http-rules": {
        "policies/assistant/app.yaml": "http-rules/app.yaml",
        "policies/assistant/guardrails.yaml": "http-rules/guardrails.yaml",
        "policies/assistant/assistant.yaml": "http-rules/agent.yaml",
    },
    "governance": {
        "policies/assistant/app.yaml": "governance/app.yaml",
        "policies/assistant/everybody.yaml": "governance/everybody.yaml",
        "policies/assistant/assistant.yaml": "governance/agent.yaml",
        "tests/policies/assistant/limits.yaml": "governance/suite.yaml",
    },
}
"""By language, the first app of a new repository."""

NEW_APPS: Mapping[str, Mapping[str, str]] = {
    "cedar": {"policies/$app/app.yaml": "new-app.yaml", "schemas/$app.cedarschema": "new-schema.cedarschema"},
    "http-rules": {
        "policies/$app/app.yaml": "http-rules/app.yaml",
        "policies/$app/guardrails.yaml": "http-rules/guardrails.yaml",
    },
    "governance": {
        "policies/$app/app.yaml": "governance/app.yaml",
        "policies/$app/everybody.yaml": "governance/everybody.yaml",
    },
}
"""By language, a further app."""

NEW_POLICIES: Mapping[str, str] = {
    "cedar": "policy.cedar",
    "http-rules": "http-rules/policy.yaml",
    "governance": "governance/policy.yaml",
}
NEW_SUITES: Mapping[str, str] = {
    "cedar": "new-suite.yaml",
    "http-rules": "http-rules/new-suite.yaml",
    "governance": "governance/new-suite.yaml",
}


def repository_files(owner: str, version: str, language: str) -> Mapping[str, str]:
    """Every file of a new policy repository that belongs to `owner` (`org/repo`) and runs this `version` of the tool."""
    team = owner.partition("/")[0]
    values = {"owner": owner, "team": team, "version": version}
    about = {"app": "assistant", "name": "assistant", "owner": team, "team": team, "targets": "{local: {}}"}
    own = {path: _fill(template, values) for path, template in REPOSITORY.items()}
    app = {path: _fill(template, about) for path, template in STARTERS[language].items()}
    return {**own, **app, **document_schemas()}


def policy_file(ref: PolicyRef, language: str, effect: str, owner: str) -> tuple[str, str]:
    """Path and text of a new policy: it is complete but for what only its author knows."""
    name = ref.policy.rpartition("/")[2]
    shown = name.replace("-", " ") if language == "cedar" else name
    text = _fill(NEW_POLICIES[language], {"effect": effect, "owner": owner, "name": shown})
    return f"policies/{ref.app}/{ref.policy}{SUFFIXES[language]}", text


def suite_file(app: str, name: str, language: str) -> tuple[str, str]:
    """Path and text of a new suite."""
    return f"tests/policies/{app}/{name}.yaml", _fill(NEW_SUITES[language], {"name": name})


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


def app_files(app: str, owner: str, language: str) -> Mapping[str, str]:
    """A new app: its `app.yaml`, and what its language needs beside it."""
    namespace = "".join(word.capitalize() for word in app.split("-"))
    values = {"app": app, "owner": owner, "namespace": namespace, "targets": "{}"}
    return {Template(path).substitute(values): _fill(text, values) for path, text in NEW_APPS[language].items()}
