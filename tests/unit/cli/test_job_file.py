"""Job files: what is written is what is read."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from batch.cli.job_file import JobFile, build, load, to_toml
from batch.loader import ReadOptions
from batch.model import ContactChange, Operation

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
READINGS = st.builds(
    ReadOptions,
    operation=st.sampled_from(list(Operation)),
    mapping=st.dictionaries(TEXT, TEXT, max_size=3),
    ask=st.builds(
        ContactChange, status=st.none() | TEXT, campaign_id=st.none() | TEXT, replace_variables=st.booleans()
    ),
    region=st.none() | TEXT,
    on_conflict=st.sampled_from(["hold", "last", "first"]),
    sheet=st.none() | TEXT,
)
SETTINGS = st.dictionaries(st.sampled_from(["rate", "out", "share", "api_key_file"]), TEXT, max_size=3)


@given(READINGS, SETTINGS)
def test_a_job_is_read_as_it_was_written(reading: ReadOptions, settings: dict[str, str]) -> None:
    """Whatever the headers, names and values are, with quotes, line ends and control characters: they come back."""
    job = JobFile(reading, settings)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "job.toml"
        path.write_text(to_toml(job), encoding="utf-8", newline="")
        assert load(path) == job


def test_a_job_keeps_what_was_given_and_no_more() -> None:
    """Flags that were not given, those of one run only and a key on stdin are left out."""
    flags = {"rate": "20/min", "workers": None, "limit": "5", "yes": True, "format": ("csv", "xlsx"), "region": "US",
             "api_key_file": "-", "fresh": True, "accept_key": True, "until": "18:00"}  # fmt: skip
    assert build(ReadOptions(Operation.FULFILL), flags).settings == {
        "rate": "20/min",
        "format": "csv,xlsx",
        "until": "18:00",
    }
