"""samples/update-by-id.csv against the sample team: what each row of it shows."""

from __future__ import annotations

import shutil
from pathlib import Path

from cli.harness import Program, Sandboxes

SAMPLES = Path(__file__).parents[2] / "samples"
RENEWALS = "b84a7c52-93fe-4d08-a1e6-7c3f0d2b9e02"


def test_each_row_of_the_sample_does_what_it_is_there_for(program: Program, sandboxes: Sandboxes) -> None:
    """Cells that hold something change their contact, empty ones change nothing, and the wrong rows say why."""
    shutil.copy(SAMPLES / "update-by-id.csv", program.folder)
    server = sandboxes(seed=SAMPLES / "sandbox.json")
    before = {phone: server.contact(phone) for phone in ("+12125550100", "+13055550101", "+15125550103")}
    ended = program("update-by-id", "update-by-id.csv", "--base-url", server.url, "--rate", "60000/min", "--yes")
    assert ended.code == 3
    told = [(row["_outcome"], row["_code"]) for row in ended.report()]
    assert told == [
        *[("succeeded", "confirmed")] * 5,
        ("invalid", "nothing_asked"),
        ("not_found", "contact_not_found"),
        ("invalid", "malformed_id"),
        ("invalid", "unknown_timezone"),
    ]
    for phone, variables, changed in (
        ("+12125550100", {"plan": "gold", "renewal": "2027-03"}, {"name": "Ana Beltrán Ruiz"}),
        ("+13055550101", {}, {}),
        ("+15125550103", {"plan": "silver"}, {"campaigns": [{"id": RENEWALS, "name": "Renewals"}]}),
    ):
        now, then = server.contact(phone), before[phone]
        assert now is not None
        assert then is not None
        assert now["customVariables"] == then["customVariables"] | variables
        same = now.keys() & {"name", "phoneNumber", "campaigns"} - changed.keys()
        assert {name: now[name] for name in same} == {name: then[name] for name in same}
        assert {name: now[name] for name in changed} == changed
    assert server.contact("+14155550102") is None
    assert server.contact("+14155550198") is not None
