"""Where things stand in a policy repository."""

SETTINGS_PATH = "bylaw.yaml"
POLICIES = "policies"
SUITES = "tests/policies"
APP_FILE = "app.yaml"
INVARIANTS_SUFFIX = ".invariants.yaml"
"""Of the files below an app's suites that are invariants, and no suites."""
