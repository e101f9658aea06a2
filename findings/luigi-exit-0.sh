#!/usr/bin/env bash
# Luigi exits with 0 when its task failed.
#
# Guess:    `luigi --module tasks Send` exits with another code than 0 when Send raises.
# Truth:    it prints "there were failed tasks" and exits with 0. Each kind of failure has a code in the section
#           [retcode] of luigi.cfg, and the default of nearly all is 0.
# Version:  Luigi 3.8.1.
# Matters:  the program's exit code makes the task fail, and cron, CI or a service manager above Luigi sees a success.
#           Nobody is told that the run stopped, and nothing continues it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unset LUIGI_CONFIG_PATH
python3 -m venv venv
venv/bin/pip install -qq --no-compile --disable-pip-version-check luigi==3.8.1

cat > tasks.py <<'PY'
import luigi
from luigi.contrib.external_program import ExternalProgramTask


class Send(ExternalProgramTask):
    def program_args(self):
        return ["sh", "-c", "exit 75"]

    def output(self):
        return luigi.LocalTarget("sent")
PY
run() { PYTHONPATH=. venv/bin/luigi --module tasks Send --local-scheduler > log.txt 2>&1 && echo 0 || echo $?; }
by_default=$(run)
grep 'failed tasks' log.txt
printf '[retcode]\ntask_failed = 30\n' > luigi.cfg
with_retcode=$(run)
echo "Luigi $(venv/bin/pip show luigi | sed -n 's/^Version: //p') exit code: $by_default, with [retcode]: $with_retcode"
[ "$by_default" = 0 ]
[ "$with_retcode" = 30 ]
