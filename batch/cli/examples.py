"""The examples of each command, in the order in which a user needs the commands.

`--help` and the man page show them; the tests run each one as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Command -> examples; "" is the program itself.
EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "": (
            "# a complete run with sample contacts, without a key",
            "guayaba-batch demo",
            "# first what a run would find, without any call; then the run",
            "guayaba-batch check contacts.csv --region US",
            "guayaba-batch update contacts.csv --region US --status DNC",
        ),
        "check": (
            "guayaba-batch check contacts.csv --region US",
            'guayaba-batch check contacts.csv --map phone="Mobile #" --online',
        ),
        "plan": (
            "guayaba-batch plan contacts.csv --status DNC --out plan.xlsx",
            "# a page to look at; exit code 6: there is something to do",
            "guayaba-batch plan contacts.csv --out plan.html --detailed-exit-code",
        ),
        "apply": (
            "guayaba-batch apply plan.xlsx --max-changes 500",
            "# only what a second person has approved",
            "guayaba-batch apply plan.xlsx --require-approval maria",
        ),
        "approve": (
            "guayaba-batch approve plan.xlsx",
            "# by the key of an account of the settings",
            "guayaba-batch approve plan.xlsx --as maria",
        ),
        "fulfill": (
            "# five contacts first, then all; --yes for cron",
            "guayaba-batch fulfill contacts.csv --region US --limit 5",
            "guayaba-batch fulfill contacts.csv --region US",
            "guayaba-batch fulfill contacts.xlsx --sheet March --yes",
        ),
        "update": (
            "guayaba-batch update contacts.csv --region US --status DNC",
            'guayaba-batch update contacts.csv --campaign "Spring offer"',
            "# a different status in each row",
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
            "# read every contact again; rerun takes the rows that are not as requested",
            "guayaba-batch verify reports/RUN",
            "guayaba-batch rerun reports/RUN/verify-20260131T093000Z.csv",
        ),
        "undo": (
            "# contacts that changed since then are left unchanged",
            "guayaba-batch undo reports/RUN",
            "# also contacts that would be called again",
            "guayaba-batch undo reports/RUN --allow-reactivation",
        ),
        "runs": ("guayaba-batch runs",),
        "config": ("guayaba-batch config show",),
        "login": (
            "# a prompt asks for the key, which is not shown",
            "guayaba-batch login",
            "op read op://team/guayaba/key | guayaba-batch login --account north",
        ),
        "logout": ("guayaba-batch logout",),
        "app": ("guayaba-batch app", "guayaba-batch app --demo", "guayaba-batch app --no-browser --port 8764"),
        "sandbox": (
            "guayaba-batch sandbox --seed contacts.csv",
            "guayaba-batch sandbox --fault status:500@5% --writes-per-minute 600",
        ),
        "doctor": ("guayaba-batch doctor",),
        "demo": ("guayaba-batch demo --keep",),
        "completion": (
            "# bash: for this shell; zsh and fish: for all new shells",
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
