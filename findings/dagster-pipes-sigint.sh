#!/usr/bin/env bash
# Dagster ends the program of a pipes step with SIGINT, also when Dagster itself was sent SIGTERM.
#
# Guess:    the program receives the signal that everybody sends to a service: SIGTERM.
# Truth:    PipesSubprocessClient turns each interruption of the step into SIGINT for the child, and waits.
# Version:  Dagster 1.13.29.
# Matters:  a program that finishes its calls on SIGTERM and gives up at once on SIGINT (since a person pressed Ctrl-C)
#           gives up on each cancelled step. The exit code is the one for SIGINT, 130.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check dagster==1.13.29

cat > child.py <<'PY'
import signal
import sys
import time
from pathlib import Path


def note(number, frame):
    Path("signals").write_text(signal.Signals(number).name)
    sys.exit(75)


signal.signal(signal.SIGTERM, note)
signal.signal(signal.SIGINT, note)
Path("started").touch()
time.sleep(60)
PY
cat > step.py <<'PY'
import os
import signal
import sys
import threading
import time
from pathlib import Path

import dagster


@dagster.asset
def contacts(context: dagster.AssetExecutionContext):
    client = dagster.PipesSubprocessClient()
    return client.run(command=[sys.executable, "child.py"], context=context).get_results()


def stop() -> None:
    while not Path("started").exists():
        time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGTERM)


threading.Thread(target=stop, daemon=True).start()
try:
    dagster.materialize([contacts], raise_on_error=False)
except dagster.DagsterExecutionInterruptedError:
    pass
print("dagster", dagster.__version__, "was sent SIGTERM; its child received", Path("signals").read_text())
PY
DAGSTER_HOME='' venv/bin/python step.py 2> log.txt
[ "$(cat signals)" = SIGINT ]
