"""The figures of a run agree wherever they are shown: headline, table, page, files, summary.json and exit."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from harness.examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.harness import DNC, duplicate, found, planned, sendable

from batch.journal.entries import AttemptStarted
from batch.journal.read import JournalReader
from batch.model import DONE, Outcome, PlannedRow
from batch.reporter import publish
from batch.reporter.text_summary import summary_lines

_CODES = MappingProxyType(
    {
        Outcome.SUCCEEDED: "confirmed",
        Outcome.UNCHANGED: "already_so",
        Outcome.NOT_FOUND: "contact_not_found",
        Outcome.REJECTED: "bad_request",
        Outcome.FAILED: "server_error",
    }
)
#: What becomes of a row: settled so, or `None` where the run stops before it.
_ENDS = st.sampled_from([*_CODES, None])
#: For each contact: its end, and how many duplicates it has.
_CONTACTS = st.lists(st.tuples(_ENDS, st.integers(0, 3)), max_size=14)


@settings(max_examples=examples(40), deadline=None)
@given(contacts=_CONTACTS, wrong=st.integers(0, 3), held=st.integers(0, 2))
def test_the_figures_of_a_run_add_up_wherever_they_are_shown(
    contacts: list[tuple[Outcome | None, int]], wrong: int, held: int
) -> None:
    """Done and not done are the rows; the failures file has the rows not done; numbers are contacts, not rows; the
    exit is 0 only where no row is left."""
    first = sendable(len(contacts))
    folded = [duplicate(1000 + 10 * at + n, at + 2) for at, (_, more) in enumerate(contacts) for n in range(more)]
    refused = [PlannedRow(5000 + n, ("x",), None, None, None, Outcome.INVALID, "not_a_number") for n in range(wrong)]
    kept = [
        PlannedRow(6000 + n, ("y",), "+1212555010", "+1212555010", DNC, Outcome.HELD, "conflict") for n in range(held)
    ]
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(planned(Path(folder) / "journal.sqlite", [*first, *folded, *refused, *kept])) as journal,
    ):
        journal.begin(1.0)
        for ordinal, (end, _) in enumerate(contacts, start=1):
            if end is not None:
                journal.append([AttemptStarted(ordinal, 1, 1.0), found(ordinal, end, code=_CODES[end])])
        record = JournalReader(journal)
        facts = record.facts()
        files = publish(Path(folder), record, ("csv",))
        text = "\n".join(summary_lines(facts, files, colour=False, width=200))
        page = files["report"].read_text(encoding="utf-8")
        summary = json.loads(files["summary"].read_bytes())
        failures = list(csv.DictReader(files["failures"].read_text(encoding="utf-8-sig").splitlines()))
        outcomes = list(csv.DictReader(files["outcomes"].read_text(encoding="utf-8-sig").splitlines()))
        all_done = record.all_done()

    done = sum(1 + more for end, more in contacts if end in DONE)
    assert summary["rows"] == len(outcomes) == sum(summary["counts"].values())
    assert (summary["done"], summary["not_done"]) == (done, len(outcomes) - done)
    assert len(failures) == summary["not_done"]
    assert all_done is (summary["not_done"] == 0)
    assert re.findall(r'class="left">([\d,]+)<', page) == ([str(len(failures))] if failures else [])
    assert f"<strong>{done}</strong> of" in page
    assert (f"{done} done, {len(failures)} need attention" in text) is bool(failures)
    for outcome in Outcome:
        assert summary["counts"][outcome] == sum(row["_outcome"] == outcome for row in outcomes)

    missing = [more for end, more in contacts if end is Outcome.NOT_FOUND]
    assert (summary["not_protected"], summary["not_protected_rows"]) == (len(missing), len(missing) + sum(missing))
    assert len(summary["not_protected_numbers"]) == len(missing)
    assert sum(row["_outcome"] == "not_found" for row in failures) == len(missing)
    left = len(missing) - text.count("(row ")
    assert (f"and {left} more: they are in the failures file as not_found" in text) is (left > 0)
    rows = f", in {len(missing) + sum(missing)} rows," if sum(missing) else ""
    assert (
        f"{len(missing)} number{'s' * (len(missing) != 1)}{rows} {'is' if len(missing) == 1 else 'are'} NOT" in text
    ) is bool(missing)
    unsettled = [more for end, more in contacts if end not in DONE and end is not Outcome.NOT_FOUND]
    contacts_left = len(unsettled) + wrong + min(held, 1)
    assert summary["not_confirmed_dnc"] == contacts_left
    assert summary["not_confirmed_dnc_rows"] == len(unsettled) + sum(unsettled) + wrong + held
