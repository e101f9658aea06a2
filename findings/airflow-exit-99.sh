#!/usr/bin/env bash
# Airflow's BashOperator takes exit code 99 for "skipped", and sees only the last command of a line.
#
# Guess:    each exit code but 0 fails the task.
# Truth:    99 (skip_on_exit_code) marks the task as skipped, which is no failure: no retry, no alert, and later tasks
#           are skipped too. `PROGRAM; echo later` succeeds whatever PROGRAM returned.
# Version:  Airflow 3.3.2.
# Matters:  the exit codes of a program that runs under an orchestrator must avoid 99, and a task for it holds one
#           command: 75 ("run me again") is lost behind any other command.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check apache-airflow==3.3.2

AIRFLOW_HOME="$work/airflow" AIRFLOW__LOGGING__LOGGING_LEVEL=ERROR venv/bin/python - > found.txt 2> log.txt <<'PY'
import airflow
from airflow.providers.standard.operators.bash import BashOperator

print("Airflow", airflow.__version__)
for command in ("exit 0", "exit 3", "exit 75", "exit 99", "sh -c 'exit 75'; echo later"):
    task = BashOperator(task_id="contacts", bash_command=command)
    try:
        task.execute({})
        result = "succeeded"
    except Exception as error:
        result = type(error).__name__
    print(f"{command}: {result}")
PY
grep -vE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T' found.txt | tee result.txt
diff result.txt - <<'EXPECTED'
Airflow 3.3.2
exit 0: succeeded
exit 3: AirflowException
exit 75: AirflowException
exit 99: AirflowSkipException
sh -c 'exit 75'; echo later: succeeded
EXPECTED
