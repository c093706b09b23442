"""The files under `.github`."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))


def load(path: Path) -> dict[Any, Any]:
    """The content of a YAML file; YAML 1.1 reads the key `on` as true, so it is put right."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if True in document:
        document["on"] = document.pop(True)
    return dict(document)
