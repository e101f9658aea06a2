"""The commands: where each one is, and what the list of commands says of it.

Owns: the names. A command is imported when it is given, so that help, the version and a refusal are there at once.
A test holds each sentence to the first one of its command's own help.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple


class Command(NamedTuple):
    """The place of a command, `module:function` in `batch.cli`, and its sentence."""

    place: str
    sentence: str


#: In the order of the list of commands.
COMMANDS: Final[Mapping[str, Command]] = MappingProxyType(
    {
        "check": Command(
            "check:check",
            "Show everything that a run would find in FILE: without any call, or with --online, without any write.",
        ),
        "plan": Command(
            "plan:plan",
            "Show what a run would change, row by row: each contact is read, and nothing is written to the API.",
        ),
        "apply": Command("apply:apply", "Make the calls of PLAN, and no others. Each contact is read first."),
        "approve": Command(
            "approve:approve", "Approve the rows that are left in PLAN, for apply --require-approval. Nothing is sent."
        ),
        "fulfill": Command(
            "write:fulfill", "Mark every contact in FILE as fulfilled: all scheduled outreach is cancelled."
        ),
        "update": Command(
            "write:update",
            "Change the status, the campaign or both of every contact in FILE. Contacts are found by phone number.",
        ),
        "update-by-id": Command(
            "write:update_by_id",
            "Change contacts by their id: columns name, phoneNumber, timezone, status, campaignId and var:NAME.",
        ),
        "run": Command(
            "write:run_job",
            "Repeat the job that --save-job saved in JOB, on another FILE. "
            "Options given here replace those of the job.",
        ),
        "rerun": Command(
            "rerun:rerun",
            "Run the rows of REPORT (a failures or outcomes file) that did not succeed, with their cells as "
            "they are now.",
        ),
        "resume": Command(
            "resume:resume", "Continue an unfinished run: RUN, or the newest one. Its input file is not needed."
        ),
        "report": Command(
            "report:report", "Write the report files of a run again from its journal, in --format if given."
        ),
        "verify": Command(
            "verify:verify",
            "Read every contact of a run again and show which ones are not as requested. "
            "Nothing is written to the API.",
        ),
        "undo": Command(
            "undo:undo",
            "Reverse the changes of a run, where it read the contact before it wrote. This is a new run of its own.",
        ),
        "runs": Command(
            "runs:runs",
            "List the runs: date (UTC), operation, file, what is not done, and the command that continues the run.",
        ),
        "config": Command("config:config", "Show the settings in force, and where each one was set."),
        "login": Command(
            "login:login",
            "Store the API key: in the system's keyring if there is one, else in a file that only you can read.",
        ),
        "logout": Command("login:logout", "Delete the API key that login stored."),
        "app": Command(
            "app:app", "Do the whole job in a browser: look at a file, correct it, send it, and see what happened."
        ),
        "sandbox": Command(
            "sandbox:sandbox",
            "Serve the contact API on this machine, for tests and practice. Any key that begins with gua_ is accepted.",
        ),
        "doctor": Command(
            "doctor:doctor",
            "Check what a run needs: the key, the host, the clock, the disk, the quota store, a browser. "
            "Nothing is sent.",
        ),
        "demo": Command(
            "demo:demo",
            "Show a complete update with sample contacts against a sandbox: the file, the plan, the run, "
            "the report, and the rerun of the corrected rows. It needs no key, and nobody is called.",
        ),
        "completion": Command(
            "manual:completion",
            "Print the completion of commands, options and their choices for SHELL: bash, zsh or fish.",
        ),
        "man": Command("manual:man", "Print the man page."),
    }
)
