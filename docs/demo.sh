#!/bin/sh
# The whole road on real policies, in a scratch repository: check, test, diff, plan, apply, drift, and a second run that changes nothing.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '\n\033[1m── %s\033[0m\n' "$1"; }
run() { printf '\033[2m$ bylaw %s\033[0m\n' "$*"; bylaw "$@"; }
# Exit codes other than 0 are answers here: 6 says that something changed or drifted.
answer() { printf '\033[2m$ bylaw %s\033[0m\n' "$*"; bylaw "$@" || printf '(exit %s)\n' "$?"; }
commit() { git add -A && git commit --quiet -m "$1"; }

mkdir "$scratch/policies-repository" && cd "$scratch/policies-repository"
cp -R "$here/policies" "$here/schemas" "$here/bylaw.yaml" .
mkdir tests && cp -R "$here/tests/policies" tests/
printf '.bylaw/\n' > .gitignore
git init --quiet --initial-branch=main
git config user.name "Demo" && git config user.email "demo@example.com"
commit "Start from the worked apps"

say "check: format, validate, lint, test and compile, in one pass"
run check

say "test: what the suites made the policies do"
run test refunds --coverage

say "plan and apply the first commit"
run plan --target local -o plan.json
run apply plan.json
rm plan.json

say "a second run changes nothing"
run reconcile --target local

say "a change: the cap on refunds goes up"
sed -i.old 's/decimal("500\.00")/decimal("900.00")/' policies/refunds/limits/cap-refund.cedar
find policies -name '*.old' -delete
run diff HEAD
say "the suites notice"
answer test refunds

say "put back, and retire a policy instead"
git checkout --quiet policies
git rm --quiet policies/documents/access/contractors-read-specs.cedar
commit "Contractors no longer read specifications"
run diff HEAD~1 HEAD
run reconcile --target local

say "somebody edits the target behind our back"
python3 - <<'PY'
import sqlite3
store = sqlite3.connect(".bylaw/local.db")
store.execute("update bylaw_policy set mode = 'log_only', revision = revision + 1 where name = 'refunds/guards/year-end-freeze'")
store.commit()
PY
answer drift --target local --detailed-exitcode
run reconcile --target local --heal

say "who enforced what, and when"
run history refunds/guards/year-end-freeze --target local
printf '\n\033[1mdone\033[0m\n'
