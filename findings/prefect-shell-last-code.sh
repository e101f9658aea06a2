#!/usr/bin/env bash
# Prefect's ShellOperation(commands=[...]) reports the exit code of the last command alone.
#
# Guess:    a list of commands stops at the first that fails, and the operation fails.
# Truth:    the list becomes one script without "set -e": a failure of any command but the last is not seen.
# Version:  prefect-shell 0.3.7 (Prefect 3.9.1).
# Matters:  commands=["guayaba-batch ...", "cp -r reports archive"] succeeds when the run was refused or stopped, and
#           no retry comes. The command has to be alone, or the list has to begin with "set -e".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check prefect==3.9.1 prefect-shell==0.3.7

PREFECT_HOME="$work/prefect" PREFECT_LOGGING_LEVEL=CRITICAL venv/bin/python - <<'PY'
from importlib.metadata import version

from prefect_shell import ShellOperation


def result_of(*commands: str) -> str:
    try:
        ShellOperation(commands=list(commands)).run()
    except RuntimeError:
        return "failed"
    return "succeeded"


fails = "sh -c 'exit 75'"
found = [result_of(fails), result_of(fails, "echo later"), result_of("set -e", fails, "echo later")]
print("prefect", version("prefect"), "prefect-shell", version("prefect-shell"))
print(f"[{fails}]: {found[0]}; [{fails}, echo later]: {found[1]}; with set -e before them: {found[2]}")
assert found == ["failed", "succeeded", "failed"]
PY
