"""What the Cedar engine alone needs to parse and validate a generated repository once: the floor of `bylaw check`."""

import sys
from pathlib import Path

import cedarpy

root = Path(sys.argv[1])
schema = cedarpy.Schema.from_str((root / "schemas/app.cedarschema").read_text(encoding="utf-8"))
for app in sorted((root / "policies").iterdir()):
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(app.rglob("*.cedar")))
    cedarpy.PolicySet.from_str(text)
    if not cedarpy.validate_policies(text, schema):
        sys.exit(f"{app.name} is not valid")
