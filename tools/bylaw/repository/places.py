"""Where things stand in a policy repository."""

SETTINGS_PATH = "bylaw.yaml"
POLICIES = "policies"
SUITES = "tests/policies"
APP_FILE = "app.yaml"
