"""The quota of a key in a file: several processes on one key never spend more than one would."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from unit.dispatcher.harness import sqlite_quota
from unit.dispatcher.pacing.limiters import Gcra

from batch.dispatcher.pacing.learned_limit import Rate
from batch.dispatcher.quota_stores.interface import Lease, quota_name
from batch.dispatcher.quota_stores.shared import SharedQuota
from batch.dispatcher.quota_stores.sqlite import store_path


def claim(quota: SharedQuota, limit: int, rate: Rate | None = None) -> Lease | float:
    """What `quota.claim(limit, rate)` gives; with a file nothing is waited for."""
    try:
        quota.claim(limit, rate).send(None)
    except StopIteration as done:
        answer: Lease | float = done.value
        return answer
    raise AssertionError("the file was waited for")


def refresh(quota: SharedQuota) -> SharedQuota:
    """`quota`, with what the store knows now."""
    with pytest.raises(StopIteration):
        quota.refresh().send(None)
    return quota


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Callable[[], SharedQuota]:
    """A function that opens the budget as one more process."""
    return lambda: sqlite_quota(tmp_path / "b", "write", now=clock)


@given(
    limit=st.integers(1, 6),
    steps=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 40), st.booleans(), st.booleans()), max_size=60),
)
def test_no_window_holds_more_than_the_limit_of_all_users_together(
    tmp_path_factory: pytest.TempPathFactory, limit: int, steps: list[tuple[int, float, bool, bool]]
) -> None:
    """Three processes claim and settle at any times, some are killed: no 60 s hold more than `limit` requests."""
    path = tmp_path_factory.mktemp("budget") / "b"
    clock = Clock()
    budgets = [sqlite_quota(path, "write", now=clock) for _ in range(3)]
    flying: dict[int, list[tuple[Lease, float]]] = {0: [], 1: [], 2: []}
    sent: list[tuple[float, float]] = []  # when a request left, and when it was over
    for who, pause, settle, kill in steps:
        clock.at += pause
        for other, requests in flying.items():
            for grant, at in [request for request in requests if clock.at - request[1] >= 30.0 or settle]:
                requests.remove((grant, at))
                budgets[other].settled(grant)
                sent.append((at, min(clock.at, at + 30.0)))
        granted = claim(budgets[who], limit)
        if isinstance(granted, Lease):
            flying[who].append((granted, clock.at))
        if kill:
            sent += [(at, at + 30.0) for _, at in flying[who]]
            flying[who] = []
            budgets[who] = sqlite_quota(path, "write", now=clock)
    sent += [(at, at + 30.0) for requests in flying.values() for _, at in requests]
    for (
        _,
        opens,
    ) in sent:  # a window that opens as a request is over may hold all that were under way then or left in it
        assert sum(at < opens + 60.0 - 1e-6 and over >= opens for at, over in sent) <= limit


@example(rate=Rate(3, 1.3557507337016603), steps=[(0, 0.0, True)] * 3)  # a model's rounding refused the third one
@given(
    rate=st.builds(Rate, st.integers(1, 3), st.floats(0.5, 5.0), st.floats(0.0, 0.4)),
    steps=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 6), st.booleans()), max_size=60),
)
def test_all_users_together_keep_to_a_rate(
    tmp_path_factory: pytest.TempPathFactory, rate: Rate, steps: list[tuple[int, float, bool]]
) -> None:
    """Three processes claim and settle at any times: a limiter with the rate's burst and interval refuses none."""
    path = tmp_path_factory.mktemp("budget") / "b"
    clock = Clock()
    users = [sqlite_quota(path, "write", now=clock) for _ in range(3)]
    flying: list[tuple[SharedQuota, Lease, float]] = []
    counted: list[float] = []
    for who, pause, late in steps:
        clock.at += pause
        for user, lease, arrives in [call for call in flying if call[2] <= clock.at]:
            flying.remove((user, lease, arrives))
            user.settled(lease)
        lease_or_wait = claim(users[who], 30, rate)
        if isinstance(lease_or_wait, Lease):
            counted.append(clock.at + lease_or_wait.lead + late)
            flying.append((users[who], lease_or_wait, counted[-1]))
        else:
            assert 0 < lease_or_wait <= 60.0
    limiter = Gcra(rate.burst, rate.interval - 1e-6)
    assert all(limiter.call(at).status == 200 for at in sorted(counted))


def test_a_place_without_a_token_is_free_again_at_once(opened: Callable[[], SharedQuota], clock: Clock) -> None:
    """Who finds no token keeps no place in the rate; who has both gives both back."""
    first, second = opened(), opened()
    spent = claim(first, 1)
    assert not isinstance(claim(second, 1, Rate(1, 2.0)), Lease)
    taken = claim(second, 2, Rate(1, 2.0))
    assert isinstance(taken, Lease), "the place was free, and there was another token"
    assert claim(first, 3, Rate(1, 2.0)) == 2.0
    second.settled(taken)
    second.idle(60.0)
    clock.at += 2.0
    assert isinstance(claim(first, 3, Rate(1, 2.0)), Lease)
    assert isinstance(spent, Lease)


def test_what_one_process_spent_the_other_does_not_have(opened: Callable[[], SharedQuota], clock: Clock) -> None:
    """Tokens are one pool: the second process gets what the first left, and the rest when it comes back."""
    first, second = opened(), opened()
    spent = [claim(first, 3), claim(first, 3)]
    assert isinstance(claim(second, 3), Lease)
    assert claim(second, 3) == 60.0, "a token that is in flight may come back any time: ask again within a window"
    for grant in spent:
        assert isinstance(grant, Lease)
        first.settled(grant)
    first.idle(10.0)
    clock.at += 59.0
    assert claim(second, 3) == pytest.approx(1.0)
    clock.at += 1.0
    assert isinstance(claim(second, 3), Lease)


def test_what_was_used_goes_back_with_the_next_claim(opened: Callable[[], SharedQuota], clock: Clock) -> None:
    """A token that was used costs one transaction, not two; one that was not used is there for others at once."""
    first, second = opened(), opened()
    used, unused = claim(first, 3), claim(first, 3)
    assert isinstance(used, Lease)
    assert isinstance(unused, Lease)
    first.settled(used)
    clock.at += 10.0
    first.settled(unused, left=False)
    assert isinstance(claim(first, 3), Lease)
    assert refresh(second).spent == 2
    clock.at += 50.0  # a window after its response
    assert refresh(second).spent == 1


@pytest.mark.parametrize(("wait", "spent"), [(2.0, 1), (10.0, 0)])
def test_before_a_long_wait_what_was_used_goes_back(
    opened: Callable[[], SharedQuota], clock: Clock, wait: float, spent: int
) -> None:
    """Before a short one it stays, for the next claim takes it along: until then others wait for it a little longer."""
    first, second = opened(), opened()
    grant = claim(first, 3)
    assert isinstance(grant, Lease)
    first.settled(grant)
    first.idle(wait)
    clock.at += 60.0
    assert refresh(second).spent == spent


def test_a_killed_process_holds_its_tokens_no_longer_than_its_requests_could_count(
    opened: Callable[[], SharedQuota], clock: Clock
) -> None:
    """A token that nobody settles comes back after the deadline of its request and one window."""
    claim(opened(), 1)
    second = opened()
    clock.at += 89.0
    assert claim(second, 1) == pytest.approx(1.0)
    clock.at += 1.0
    assert isinstance(claim(second, 1), Lease)


def test_a_request_that_never_left_costs_nothing(opened: Callable[[], SharedQuota]) -> None:
    """Its token is there again at once, for everybody."""
    first, second = opened(), opened()
    grant = claim(first, 1)
    assert isinstance(grant, Lease)
    first.settled(grant, left=False)
    assert isinstance(claim(second, 1), Lease)


def test_a_429_pauses_every_process_and_the_limit_is_known_to_all(
    opened: Callable[[], SharedQuota], clock: Clock
) -> None:
    """What one process hears of the limit and of a pause, the others know."""
    first, second = opened(), opened()
    assert second.limit is None
    first.hear(12, pause=20.0)
    assert refresh(second).limit == 12
    assert claim(second, 12) == pytest.approx(20.0 + 0.01 * 60.0)  # the first one tries first
    clock.at += 19.9
    assert claim(first, 12) == pytest.approx(0.1)
    clock.at += 20.0
    assert isinstance(claim(second, 12), Lease)


def test_high_limits_take_tokens_by_the_handful_and_lose_none(opened: Callable[[], SharedQuota], clock: Clock) -> None:
    """At 1,000 a window all 1,000 are given out, and what a process took and did not use it hands back."""
    first = opened()
    assert sum(isinstance(claim(first, 1000), Lease) for _ in range(1001)) == 1000
    second = opened()
    clock.at += 91.0  # those of a handful may be used for a second
    assert isinstance(claim(second, 1000), Lease)
    second.close()
    third = opened()
    assert sum(isinstance(claim(third, 1000), Lease) for _ in range(1001)) >= 995


def test_what_is_left_of_a_handful_is_not_used_once_others_may_have_it(
    opened: Callable[[], SharedQuota], clock: Clock
) -> None:
    """A process that is slow to use its handful takes no token beside the 1,000 that another was given meanwhile."""
    slow, quick = opened(), opened()
    spent = claim(slow, 1000)
    assert isinstance(spent, Lease)
    slow.settled(spent)
    clock.at += 100.0
    assert sum(isinstance(claim(quick, 1000), Lease) for _ in range(1001)) == 1000
    assert not isinstance(claim(slow, 1000), Lease)


def test_tokens_that_came_back_long_ago_are_not_handed_back_again(
    opened: Callable[[], SharedQuota], clock: Clock
) -> None:
    """A process that was stopped while its request was under way gives back no token of another's."""
    stopped, other = opened(), opened()
    grant = claim(stopped, 1)
    clock.at += 100.0
    assert isinstance(claim(other, 1), Lease)
    assert isinstance(grant, Lease)
    stopped.settled(grant, left=False)
    assert not isinstance(claim(stopped, 1), Lease)


def test_a_reader_of_the_file_blocks_no_user(tmp_path: Path, opened: Callable[[], SharedQuota]) -> None:
    """A commit that meets a reader is taken back: the budget is still shared afterwards, by all."""
    first, second = opened(), opened()
    with closing(sqlite3.connect(tmp_path / "b", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM spent").fetchone()
        assert not isinstance(claim(first, 1), Lease)
    assert isinstance(claim(second, 1), Lease)
    assert claim(first, 1) == 60.0, "the only token is the other's"


def test_times_of_another_clock_hold_nobody_up(opened: Callable[[], SharedQuota], clock: Clock) -> None:
    """Tokens and pauses of a machine that has been up for longer, in a home that both share, are not waited for."""
    clock.at = 1_000_000.0
    elsewhere = opened()
    claim(elsewhere, 1)
    elsewhere.hear(1, pause=60.0)
    clock.at = 1000.0
    assert isinstance(claim(elsewhere, 1), Lease)


def test_after_a_boot_the_budget_is_not_full(
    opened: Callable[[], SharedQuota], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another boot's clock says nothing of earlier times: what was spent comes back one window after the new start."""
    claim(opened(), 1)
    monkeypatch.setattr("batch.dispatcher.quota_stores.sqlite._boot_id", lambda: "another boot")
    clock.at = 5.0
    second = opened()
    assert claim(second, 1) == pytest.approx(60.0)
    clock.at = 65.0
    assert isinstance(claim(second, 1), Lease)


def test_reads_and_writes_are_kept_apart(tmp_path: Path, clock: Clock) -> None:
    """A spent write leaves the reads alone."""
    writes = sqlite_quota(tmp_path / "b", "write", now=clock)
    reads = sqlite_quota(tmp_path / "b", "read", now=clock)
    claim(writes, 1)
    assert isinstance(claim(reads, 1), Lease)


def test_the_file_is_private_per_key_and_address_and_falls_back(tmp_path: Path) -> None:
    """One file for each key and address, 0600, in the first folder that can be written."""
    (tmp_path / "a-file").write_text("")
    folders = [tmp_path / "a-file" / "below", tmp_path / "second"]
    path = store_path(folders, quota_name("https://one", "k1"))
    assert path is not None
    assert path.parent.name == "second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (
        path
        != store_path(folders, quota_name("https://two", "k1"))
        != store_path(folders, quota_name("https://one", "k2"))
    )
    assert store_path(folders[:1], quota_name("https://one", "k1")) is None
