"""Dagster: suppress the contacts of an export. Run with Dagster 1.13.29.

    python samples/pipelines/dagster_job.py contacts.csv     # or: dagster dev -f samples/pipelines/dagster_job.py

The key is where `guayaba-batch config show` finds it. Exit code 75 means "stopped early, the same command goes on":
that alone is retried, and goes on where it was. 3 means "finished, some rows did not succeed": the op succeeds, and its
metadata names the counts.
"""

import json
import os
import subprocess
import sys

from dagster import Config, Failure, OpExecutionContext, RetryRequested, job, op

DELAY = int(os.environ.get("RETRY_SECONDS", "600"))


class Export(Config):
    path: str


def finished(command: list[str]) -> tuple[int, str]:
    """The exit code and stdout of the program. A cancel lets it finish its open requests before the task ends."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            output, _ = program.communicate()
        except BaseException:
            program.terminate()
            program.wait()
            raise
    return program.returncode, output


@op
def suppress(context: OpExecutionContext, config: Export) -> dict:
    command = ["guayaba-batch", "update", config.path, "--region", "US", "--status", "DNC", "--yes", "--json"]
    code, output = finished(command)
    if code == 75:
        raise RetryRequested(max_retries=24, seconds_to_wait=DELAY)
    if code not in (0, 3):
        raise Failure(f"guayaba-batch ended with {code}: {output}", allow_retries=False)
    summary = json.loads(output)
    context.add_output_metadata(summary["counts"])
    return summary


@job
def nightly():
    suppress()


if __name__ == "__main__":
    ended = nightly.execute_in_process(run_config={"ops": {"suppress": {"config": {"path": sys.argv[1]}}}})
    print(json.dumps(ended.output_for_node("suppress")["counts"]))
