"""The house rules that a linter cannot hold: sizes, light imports, one copy of every class, mirrored tests."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "tools/bylaw"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
MAX_FUNCTION, MAX_MODULE = 60, 500


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_module_is_over_five_hundred_lines() -> None:
    sizes = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert {name: size for name, size in sizes.items() if size > MAX_MODULE} == {}


def test_no_function_is_over_sixty_lines() -> None:
    long = {
        f"{path.relative_to(ROOT)}:{name}": size
        for path in MODULES
        for name, size in functions(path)
        if size > MAX_FUNCTION
    }

    assert long == {}


def test_most_functions_are_short() -> None:
    sizes = sorted(size for path in MODULES for _, size in functions(path))

    assert sizes[len(sizes) // 2] <= 12
    assert sizes[len(sizes) * 9 // 10] <= 30


def test_every_module_says_what_it_is() -> None:
    silent = [str(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]

    assert silent == []


def test_no_module_is_called_utils() -> None:
    assert [path.name for path in MODULES if path.stem in {"utils", "util", "helpers", "common", "misc"}] == []


HEAVY = ("click", "rich", "pydantic", "yaml", "ruamel", "cedarpy", "git", "sqlalchemy", "jsonschema", "structlog")
ALLOWED = {
    ("--version",): (),
    ("--help",): ("click",),
    ("check",): ("click", "pydantic", "yaml", "ruamel", "cedarpy", "rich"),
    ("fmt", "--check"): ("click", "pydantic", "yaml", "ruamel", "cedarpy"),
    ("completion", "bash"): ("click",),
}


@pytest.mark.parametrize("arguments", ALLOWED, ids=" ".join)
def test_a_verb_imports_only_what_it_uses(arguments: tuple[str, ...]) -> None:
    script = (
        "import sys; sys.argv = ['bylaw', *sys.argv[1:]]\n"
        "from bylaw.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        f"print('loaded:' + '|'.join(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONPATH": str(PACKAGE.parent)}
    )

    loaded = set(done.stderr.rpartition("loaded:")[2].strip().split("|")) - {""}
    assert loaded <= set(ALLOWED[arguments])


def test_nothing_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    forbidden = ("/wo" + "rk/", "pypi" + ".org", "registry" + ".npmjs", "deb" + ".debian")
    guilty = [
        f"{name}: {word}"
        for name in listed.split("\0")[:-1]
        if (ROOT / name).is_file() and name != ".ci/run"
        for word in forbidden
        if word.encode() in (ROOT / name).read_bytes()
    ]

    assert guilty == []
