"""The Python API against the real sandbox: what the command does, for programs."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import polars as pl
import pytest
from cli.harness import KEY, Program, Sandbox, Sandboxes, numbers, write_csv

import batch
from batch.journal.confirmations import read_confirmations
from batch.journal.journal import Journal

Made = Callable[[Sandbox], batch.Settings]


@pytest.fixture
def settings(tmp_path: Path) -> Made:
    """A function: a sandbox -> settings for it, in this test's folder."""

    def made(server: Sandbox) -> batch.Settings:
        return batch.Settings(
            base_url=server.url,
            key=batch.ApiKey(KEY),
            out=tmp_path / "reports",
            state=tmp_path / "state",
            rate=batch.Rate(60_000, 60.0),
        )

    return made


def frame_of(phones: list[str], **columns: list[Any]) -> pl.DataFrame:
    return pl.DataFrame({"phone": phones, **columns})


def test_a_frame_goes_in_and_comes_out(sandboxes: Sandboxes, settings: Made) -> None:
    """A polars DataFrame is run; its rows come back in order, first as they were, columns of figures as figures."""
    known = numbers(3)
    server = sandboxes(known)
    frame = frame_of([*known, "+12025550199", "12"], score=[1, 2, 3, 4, 5], seen=[None, 0.5, 1.0, 1.5, 2.0])
    summary = batch.run(frame, "update", settings(server), status="DNC")
    assert server.applied() == dict.fromkeys(known, 1)
    rows = summary.outcomes()
    assert rows.select("phone", "score", "seen").equals(frame)
    assert rows["_outcome"].to_list() == ["succeeded"] * 3 + ["not_found", "invalid"]
    assert summary.failures()["_row"].to_list() == [5, 6]
    counts = {name: count for name, count in summary.counts.items() if count}
    assert counts == {"succeeded": 3, "not_found": 1, "invalid": 1}
    assert (summary.rows, summary.exit_code, summary.ok) == (5, 3, False)
    assert summary.as_json()["counts"] == summary.counts
    assert all(path.is_file() for path in summary.files.values())


def test_a_frame_is_run_again(sandboxes: Sandboxes, settings: Made) -> None:
    """The failures, corrected in the frame, are taken by rerun, and so is the file of them."""
    server = sandboxes(numbers(2))
    mine = settings(server)
    first = batch.run(frame_of([*numbers(1), "12"]), "fulfill", mine)
    mended = first.failures().with_columns(phone=pl.lit(numbers(2)[1]))
    second = batch.rerun(mended, mine)
    assert second.ok
    assert server.applied() == dict.fromkeys(numbers(2), 1)
    assert batch.rerun(first.files["failures"], mine, only=[batch.Outcome.INVALID]).counts["invalid"] == 1


def test_the_same_frame_goes_on_with_its_run(sandboxes: Sandboxes, settings: Made) -> None:
    """A run that stopped early goes on when the same rows are given again, as another frame, and by resume."""
    server = sandboxes(numbers(6))
    mine = settings(server)
    first = batch.run(frame_of(numbers(6)), "fulfill", replace(mine, limit=2))
    assert (first.exit_code, first.stopped_for, first.counts["pending"]) == (75, "limit_reached", 4)
    second = batch.run(frame_of(numbers(6)), "fulfill", replace(mine, limit=2))
    assert (second.run, second.counts["pending"]) == (first.run, 2)
    third = batch.resume(settings=mine)
    assert (third.run, third.ok) == (first.run, True)
    assert server.applied() == dict.fromkeys(numbers(6), 1)


def test_a_program_confirms_by_its_call_and_no_more(sandboxes: Sandboxes, settings: Made) -> None:
    """A call confirms a new run, and the journal says so. What starts outreach past that raises, by the same call and
    by resume, until `confirm` or `yes=True` says so; a `confirm` that returns false refuses."""
    server = sandboxes(numbers(6))
    mine = settings(server)
    frame = frame_of(numbers(6))
    first = batch.run(frame, "update", replace(mine, limit=2), status="active")
    assert first.counts["pending"] == 4
    with pytest.raises(batch.SettingsError, match="4 more calls; 2 were confirmed"):
        batch.run(frame, "update", mine, status="active")
    with pytest.raises(batch.SettingsError, match="4 more calls; 2 were confirmed"):
        batch.resume(first.folder, mine)
    seen: list[batch.PlanPreview] = []

    def refuse(preview: batch.PlanPreview) -> bool:
        seen.append(preview)
        return False

    with pytest.raises(batch.SettingsError, match="did not confirm"):
        batch.resume(first.folder, mine, confirm=refuse)
    assert (seen[0].calls, seen[0].starts_outreach, seen[0].continues) == (4, True, True)
    assert len(server.writes()) == 2
    assert (
        batch.resume(first.folder, replace(mine, limit=1), confirm=lambda preview: preview.calls == 1).exit_code == 75
    )
    assert batch.resume(first.folder, replace(mine, yes=True)).ok
    with closing(Journal.open_readonly(first.folder / "journal.sqlite")) as journal:
        kept = [(each.by, each.named.starts, each.sent.starts) for each in read_confirmations(journal)]
    assert kept == [("program", 2, 0), ("program", 1, 2), ("program", 3, 3)]


def test_another_frame_is_another_run(sandboxes: Sandboxes, settings: Made) -> None:
    """While a run is unfinished, a cell or a type that differs makes it another run."""
    server = sandboxes(numbers(2))
    mine = settings(server)
    frames = [
        frame_of(numbers(2)),
        frame_of(numbers(2), note=["a", "b"]),
        frame_of(numbers(2), note=["a", "c"]),
        frame_of(numbers(2), note=[1, 2]),
        frame_of(numbers(2), note=[1.0, 2.0]),
    ]
    assert len({batch.run(frame, "fulfill", replace(mine, limit=1)).run for frame in frames}) == len(frames)


def test_progress_is_told_of_every_row(sandboxes: Sandboxes, settings: Made) -> None:
    """The callback hears of the beginning and of every row that was settled, in steps of one."""
    server = sandboxes(numbers(3), "--fault", "status:500@first:1")  # tried again: no word on its row yet
    far: list[batch.Progress] = []
    batch.run(frame_of([*numbers(4), "12"]), "fulfill", settings(server), progress=far.append)
    assert [each.settled for each in far] == [1, 2, 3, 4, 5]
    assert {each.rows for each in far} == {5}
    assert far[0].outcome is None
    assert sorted(str(each.outcome) for each in far[1:]) == ["not_found", *["succeeded"] * 3]


def test_an_error_in_the_callback_comes_out_and_the_run_goes_on(sandboxes: Sandboxes, settings: Made) -> None:
    """What the callback raises stops the run and is raised as it is; the same call then finishes it, each row once."""
    server = sandboxes(numbers(20))
    mine = settings(server)

    def faulty(far: batch.Progress) -> None:
        if far.settled == 3:
            raise LookupError("of the caller's own")

    with pytest.raises(LookupError, match="own"):
        batch.run(frame_of(numbers(20)), "fulfill", mine, progress=faulty)
    assert batch.run(frame_of(numbers(20)), "fulfill", mine).ok
    assert server.applied().keys() == set(numbers(20))
    assert len(list((mine.out).glob("2*"))) == 1


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_async_twin_runs_under_the_callers_loop(backend: str, sandboxes: Sandboxes, settings: Made) -> None:
    """run_async, rerun_async and resume_async are awaited under asyncio and under trio, beside other tasks."""
    mine = settings(sandboxes(numbers(2)))
    ticks = 0

    async def beside() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await anyio.sleep(0.001)

    async def main() -> tuple[batch.Summary, batch.Summary, batch.Summary]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(beside)
            first = await batch.run_async(frame_of([*numbers(2), "12"]), "fulfill", mine)
            second = await batch.rerun_async(first.failures(), mine)
            third = await batch.resume_async(first.folder, mine)
            tasks.cancel_scope.cancel()
        return first, second, third

    first, second, third = anyio.run(main, backend=backend)
    assert (first.counts["succeeded"], second.counts["invalid"], third.run) == (2, 1, first.run)
    assert ticks > 1


def test_the_library_is_silent_and_leaves_signals_alone(sandboxes: Sandboxes, tmp_path: Path) -> None:
    """A run in a thread of a program, where no signal can be set, prints nothing and exits nothing."""
    server = sandboxes(numbers(3))
    script = f"""
import signal, threading, batch, polars as pl
before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
settings = batch.Settings(base_url={server.url!r}, key=batch.ApiKey({KEY!r}), rate=batch.Rate(60000, 60))
ended = []
def run(): ended.append(batch.run(pl.DataFrame({{"phone": {numbers(4)!r}}}), "fulfill", settings))
for start in (run, lambda: [thread.start() or thread.join() for thread in [threading.Thread(target=run)]]):
    start()
assert len(ended) == 2 and {{each.counts["not_found"] for each in ended}} == {{1}}
assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
"""
    env = {"HOME": str(tmp_path), "NO_PROXY": "*"}
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_run_is_proved_and_undone(sandboxes: Sandboxes, settings: Made) -> None:
    """verify finds every contact as asked, and undo puts back what the run had read."""
    server = sandboxes([{"phoneNumber": number, "status": "active"} for number in numbers(3)])
    mine = replace(settings(server), skip_unchanged=True, allow_reactivation=True)
    done = batch.run(frame_of(numbers(3)), "update", mine, status="paused")
    assert batch.verify(done.folder, mine).exit_code == 0
    back = batch.undo(done.folder, mine)
    assert back.counts["succeeded"] == 3
    assert {(server.contact(number) or {})["status"] for number in numbers(3)} == {"active"}


def test_settings_come_from_here_where_none_are_given(
    sandboxes: Sandboxes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without settings, those of the environment and of guayaba-batch.toml in this folder count."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GUAYABA_API_KEY", KEY)
    monkeypatch.setenv("GUAYABA_BASE_URL", sandboxes(numbers(1)).url)
    (tmp_path / "guayaba-batch.toml").write_text('out = "kept"\nregion = "US"\n')
    path = write_csv(tmp_path / "x.csv", ["Phone"], [["(212) 555-0100"]])
    assert batch.check(path, "fulfill").sendable == 1
    assert batch.run(path, "fulfill").folder.parent.name == "kept"


REFUSED: list[tuple[Callable[[batch.Settings], object], type[batch.BatchError], str]] = [
    (lambda mine: batch.run("gone.csv", "fulfill", mine), batch.InputRefused, "no file gone.csv"),
    (lambda mine: batch.run(pl.DataFrame(), "fulfill", mine), batch.InputRefused, "is empty: 0 rows, 0 columns"),
    (lambda mine: batch.run(pl.DataFrame({"phone": []}), "fulfill", mine), batch.InputRefused, "is empty"),
    (lambda mine: batch.run(pl.DataFrame({"a": [object()]}), "fulfill", mine), batch.InputRefused, "Python objects: a"),
    (lambda mine: batch.run(pl.DataFrame({"colour": ["red"]}), "fulfill", mine), batch.InputRefused, "phone"),
    (lambda mine: batch.run("-", "fulfill", mine), batch.InputRefused, "no standard input"),
    (lambda mine: batch.run("x.csv", "updat", mine), batch.SettingsError, "expected an operation \\(fulfill, update"),  # type: ignore[arg-type]
    (lambda mine: batch.run("x.csv", "update", mine, statsu="DNC"), batch.SettingsError, "statsu"),  # type: ignore[call-arg]
    (lambda mine: batch.run("x.csv", "fulfill", mine, status="DNC"), batch.SettingsError, "use update"),
    (
        lambda mine: batch.run("x.csv", batch.ReadOptions(batch.Operation.FULFILL), mine, region="US"),
        batch.SettingsError,
        "only a ReadOptions",
    ),
    (lambda mine: batch.rerun(frame_of(["1"]), mine), batch.InputRefused, "no _run column"),
    (lambda mine: batch.Settings(base_url="http://example.com"), batch.SettingsError, "unencrypted"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_a_wrong_call_is_refused_in_words(
    call: Callable[[batch.Settings], object], error: type[batch.BatchError], words: str, tmp_path: Path
) -> None:
    """Each wrong call raises the error that the command would tell, and nothing is made."""
    settings = batch.Settings(base_url="http://127.0.0.1:9", key=batch.ApiKey(KEY), out=tmp_path / "reports")
    with pytest.raises(error, match=words):
        call(settings)
    assert not (tmp_path / "reports").exists()


def test_every_public_name_is_there_and_no_other() -> None:
    """`__all__` and what is imported lazily are the same names, and an unknown name is an AttributeError."""
    assert {name: getattr(batch, name) for name in batch.__all__}.keys() == set(dir(batch))
    with pytest.raises(AttributeError, match="handler"):
        batch.handler  # type: ignore[attr-defined]  # noqa: B018


def test_two_threads_do_not_run_the_same_thing(sandboxes: Sandboxes, settings: Made, program: Program) -> None:
    """The same call in two threads at once: one runs, the other is told that it is locked, or finds it done."""
    server = sandboxes(numbers(40), "--latency", "20")
    mine = settings(server)
    ended: list[int] = []

    def run() -> None:
        try:
            ended.append(batch.run(frame_of(numbers(40)), "fulfill", mine).exit_code)
        except batch.RunLocked as fault:
            ended.append(fault.exit_code)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended) in ([0, 11], [0, 0])
    assert server.applied() == dict.fromkeys(numbers(40), 1)


def test_a_call_inside_an_event_loop_is_refused() -> None:
    """In a notebook, `batch.run` raises a BatchError that names the call to await."""

    async def cell() -> None:
        batch.run({"Phone": ["+12125550100"]}, "fulfill", batch.Settings())

    with pytest.raises(batch.BatchError, match="event loop") as error:
        anyio.run(cell)
    assert "await batch.run_async" in error.value.tip


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 5}, "Settings(limit=...)"),
        ({"mapping": "phone=Phone"}, "expected a dict"),
        ({"statu": "DNC"}, "no such"),
    ],
)
def test_a_wrong_option_is_a_settings_error(options: dict[str, Any], words: str) -> None:
    """A setting among the options, a mapping that is no dict and an unknown option are each refused in words."""
    with pytest.raises(batch.SettingsError) as error:
        batch.check({"Phone": ["+12125550100"]}, "fulfill", batch.Settings(), **options)
    assert words in str(error.value)
