"""Small real policy repositories for tests: files on disk, real git."""

import subprocess
from pathlib import Path

SCHEMA = """namespace App {
  entity Gateway;
  entity User = { "level": Long } tags String;
  action "read", "write" appliesTo { principal: [User], resource: [Gateway], context: { "amount": Long } };
}
"""
APP = """app: shop
about: for tests
owners: [team]
schema: schemas/shop.cedarschema
logical: ["App::Gateway"]
targets:
  local: {names: {"App::Gateway": {front: "arn:front"}}}
"""
SETTINGS = """version: 1
owner: example/shop
targets:
  local:
    backend: local
    url: sqlite:///.bylaw/local.db
lint: {rules: {all: {level: "off"}}}
"""
PERMIT = """permit (
  principal,
  action == App::Action::"read",
  resource == App::Gateway::"front"
)
when { context.amount <= 100 };
"""
FORBID = """forbid (principal, action, resource) when { principal.level < 1 };
"""
SUITE = """suite: basics
about: what it shows
principals: {ann: {type: "App::User", id: ann, attrs: {level: 3}}, new: {type: "App::User", id: new, attrs: {level: 0}}}
resources: {front: {type: "App::Gateway", id: front}}
contexts: {small: {amount: 100}, large: {amount: 101}}
tests:
  - name: small reads only
    matrix: {principals: [ann, new], actions: [read, write], resources: [front], contexts: [small, large]}
    allow: [{principals: [ann], actions: [read], contexts: [small]}]
"""

FILES = {
    "bylaw.yaml": SETTINGS,
    "schemas/shop.cedarschema": SCHEMA,
    "policies/shop/app.yaml": APP,
    "policies/shop/access/read-front.cedar": PERMIT,
    "policies/shop/guards/level.cedar": FORBID,
    "tests/policies/shop/basics.yaml": SUITE,
    ".gitignore": ".bylaw/\n",
}


def write(root: Path, files: dict[str, str | None]) -> None:
    """Write files below `root`; none deletes one."""
    for path, text in files.items():
        place = root / path
        if text is None:
            place.unlink()
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str) -> str:
    """Run git in `root`."""
    identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
    done = subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(root: Path, files: dict[str, str | None], message: str = "change") -> str:
    """Write files and commit everything; returns the commit id."""
    write(root, files)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD")


def repository(root: Path) -> str:
    """A committed repository in the folder `root`, which need not exist; returns the commit id."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Test")
    git(root, "config", "user.email", "test@example.com")
    return commit(root, dict(FILES), "first")
