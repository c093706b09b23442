"""`python -m bylaw.cli.generate`: the files of this repository that are made from its code."""

import sys
from pathlib import Path

from bylaw.pipeline.generated import generated_files


def main(root: Path) -> None:
    """Write every generated file below `root` that is not up to date, and remove pages of rules that are gone."""
    files = generated_files()
    for stale in sorted(root.glob("docs/rules/*.md")):
        if str(stale.relative_to(root)) not in files:
            stale.unlink()
            sys.stdout.write(f"removed {stale.relative_to(root)}\n")
    for path, text in files.items():
        place = root / path
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="\n")
            sys.stdout.write(f"wrote {path}\n")


if __name__ == "__main__":
    main(Path.cwd())
