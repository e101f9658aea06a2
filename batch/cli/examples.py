"""How each command is used: the examples that its help begins with, in the order in which a user meets the commands.

Owns: the examples. They stand in `--help` and in the man page; the tests see that each can be given as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Command -> examples; "" is the program itself.
EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "": (
            "# all of it with samples: no key, nobody is called",
            "guayaba-batch demo",
            "# what a run would find, without any call; then the run",
            "guayaba-batch check contacts.csv --region US",
            "guayaba-batch update contacts.csv --region US --status DNC",
        ),
        "check": (
            "guayaba-batch check contacts.csv --region US",
            'guayaba-batch check contacts.csv --map phone="Mobile #" --online',
        ),
        "fulfill": (
            "# five first, then all; in cron nobody is asked",
            "guayaba-batch fulfill contacts.csv --region US --limit 5",
            "guayaba-batch fulfill contacts.csv --region US",
            "guayaba-batch fulfill contacts.xlsx --sheet March --yes",
        ),
        "update": (
            "guayaba-batch update contacts.csv --region US --status DNC",
            'guayaba-batch update contacts.csv --campaign "Spring offer"',
            "# each row its own status",
            'guayaba-batch update contacts.csv --map status="New status"',
        ),
        "update-by-id": (
            "# the columns name, phoneNumber, var:plan ... by their headers",
            "guayaba-batch update-by-id contacts.csv",
            'guayaba-batch update-by-id contacts.csv --map id="Contact" --map var:plan=Plan',
        ),
        "run": (
            "guayaba-batch update monday.csv --status DNC --save-job weekly.toml",
            "guayaba-batch run weekly.toml next-monday.csv --yes",
        ),
        "rerun": (
            "guayaba-batch rerun reports/RUN/failures.csv",
            "guayaba-batch rerun reports/RUN/outcomes.csv --only failed,unknown",
        ),
        "resume": ("# the newest unfinished run", "guayaba-batch resume"),
        "report": (
            "guayaba-batch report reports/RUN --format xlsx",
            "guayaba-batch report reports/RUN --out - --format ndjson",
        ),
        "verify": (
            "# read every contact back; what is not as asked can be run again",
            "guayaba-batch verify reports/RUN",
            "guayaba-batch rerun reports/RUN/verify-20260131T093000Z.csv",
        ),
        "undo": (
            "# whoever was changed since is left alone",
            "guayaba-batch undo reports/RUN",
            "# also those who would be called again",
            "guayaba-batch undo reports/RUN --allow-reactivation",
        ),
        "runs": ("guayaba-batch runs",),
        "config": ("guayaba-batch config show",),
        "login": (
            "# you are asked for the key, and it is not shown",
            "guayaba-batch login",
            "op read op://team/guayaba/key | guayaba-batch login --account north",
        ),
        "logout": ("guayaba-batch logout",),
        "sandbox": (
            "guayaba-batch sandbox --seed contacts.csv",
            "guayaba-batch sandbox --fault status:500@5% --writes-per-minute 600",
        ),
        "demo": ("guayaba-batch demo --keep",),
        "completion": (
            "# bash, for this shell; zsh and fish, for all to come",
            'eval "$(guayaba-batch completion bash)"',
            'guayaba-batch completion zsh > "${fpath[1]}/_guayaba-batch"',
            "guayaba-batch completion fish > ~/.config/fish/completions/guayaba-batch.fish",
        ),
        "man": (
            "guayaba-batch man | man -l -",
            "guayaba-batch man > ~/.local/share/man/man1/guayaba-batch.1",
        ),
    }
)
