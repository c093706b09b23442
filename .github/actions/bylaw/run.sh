#!/usr/bin/env bash
# Runs one verb of bylaw and tells the workflow how it ended.
#
# Every value comes from the environment and stays quoted; bylaw itself checks targets, levels and formats. What bylaw prints goes
# to a file, and what it says meanwhile cannot be taken for a workflow command.
set -euo pipefail

# Where the tool comes from when it is not on the path: the repository that holds this action, at the commit the action runs at.
package="${GITHUB_ACTION_PATH:?}/../../.."
directory="${RUNNER_TEMP:?}/bylaw"
mkdir -p "$directory"

install_bylaw() {
  local tool="$RUNNER_TEMP/bylaw-tool"
  command -v bylaw > /dev/null && return
  if [ ! -x "$tool/bin/bylaw" ]; then
    python3 -m venv "$tool"
    "$tool/bin/python" -m pip install --quiet --disable-pip-version-check "${package}[smt]"
  fi
  PATH="$tool/bin:$PATH"
}

fail_usage() {
  echo "$1" >&2
  finish 2
}

class_of() {
  case "$1" in
    0) echo ok ;;
    2) echo usage ;;
    3) echo invalid-input ;;
    4) echo tests-failed ;;
    5) echo findings ;;
    6) echo changes-exist ;;
    7) echo unsafe-plan ;;
    8) echo conflict ;;
    9) echo partial-apply ;;
    10) echo verification-failed ;;
    *) echo internal-error ;;
  esac
}

finish() {
  local code="$1" changed=false sarif=""
  [ "$code" -ne 6 ] || changed=true
  [ "${INPUT_FORMAT:-}" != sarif ] || sarif="${report:-}"
  {
    echo "exit-code=$code"
    echo "exit-class=$(class_of "$code")"
    echo "changed=$changed"
    echo "report-path=${report:-}"
    echo "sarif-path=$sarif"
  } >> "${GITHUB_OUTPUT:?}"
  # Changes are an answer; the workflow decides what to do about them.
  [ "$code" -ne 6 ] || exit 0
  exit "$code"
}

extension_of() {
  case "$1" in
    json | sarif) echo "$1" ;;
    markdown) echo md ;;
    *) echo txt ;;
  esac
}

# Positional arguments come after `--`, so that none of them can be an option.
options=("--format=${INPUT_FORMAT:=github}")
positional=()
case "${INPUT_VERB:=}" in
  check | lint | analyze)
    [ -z "${INPUT_FAIL_ON:-}" ] || options+=("--fail-on=$INPUT_FAIL_ON")
    ;;
  test)
    options+=("--junit=$directory/junit.xml")
    ;;
  diff)
    [ -n "${INPUT_BASE:-}" ] || fail_usage "diff needs the input base"
    [ -z "${INPUT_FAIL_ON:-}" ] || options+=("--fail-on=$INPUT_FAIL_ON")
    [ -z "${INPUT_ACCEPT:-}" ] || options+=("--accept=$INPUT_ACCEPT")
    positional=("$INPUT_BASE")
    [ -z "${INPUT_HEAD:-}" ] || positional+=("$INPUT_HEAD")
    ;;
  plan)
    options+=("--target=${INPUT_TARGET:-}" "-o" "$directory/plan.json" --detailed-exitcode)
    ;;
  apply)
    positional=("$directory/plan.json")
    ;;
  reconcile)
    options+=("--target=${INPUT_TARGET:-}")
    [ -z "${INPUT_PLAN_HASH:-}" ] || options+=("--plan-hash=$INPUT_PLAN_HASH")
    ;;
  drift)
    options+=("--target=${INPUT_TARGET:-}" --detailed-exitcode)
    ;;
  *)
    fail_usage "the input verb is none of check, lint, analyze, test, diff, plan, apply, reconcile and drift"
    ;;
esac

install_bylaw

report="$directory/$INPUT_VERB.$(extension_of "$INPUT_FORMAT")"
token="$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')"
code=0
echo "::stop-commands::$token"
bylaw "$INPUT_VERB" "${options[@]}" -- ${positional[@]+"${positional[@]}"} > "$report" || code=$?
[ "$INPUT_FORMAT" != text ] || cat "$report"
echo "::$token::"

case "$INPUT_FORMAT" in
  github) cat "$report" ;; # switches commands off around what is not ours
  markdown) cat "$report" >> "${GITHUB_STEP_SUMMARY:?}" ;;
esac
finish "$code"
