"""Many keys in one run: every lane at its full quota, none waiting for another, errors counted together."""

from __future__ import annotations

from collections import Counter

import anyio
import pytest
import trio
import trio.testing
from harness.examples import examples
from unit.dispatcher.harness import Server, Stage

from batch.dispatcher.actions import Policy, StopReason
from batch.dispatcher.error_limit import ErrorCounter
from batch.dispatcher.lanes import Lanes
from batch.errors import Exit
from batch.guayaba.exchange import Exchange, Failure
from batch.journal.entries import PendingRow
from batch.model import Outcome


def driven(stages: dict[str, Stage], stop_at: float | None = None) -> Lanes:
    """The lanes of `stages`, by account, once they have ended in virtual time; at `stop_at` a signal stops them, and
    just then their time is up, too."""

    async def main() -> Lanes:
        for stage in stages.values():
            stage.open()
        lanes = Lanes(
            {account: stage.workers for account, stage in stages.items()},
            {account: stage.rows for account, stage in stages.items()},
        )
        async with anyio.create_task_group() as tasks:
            if stop_at is not None:

                async def stop() -> None:
                    await anyio.sleep(stop_at)
                    lanes.drain(StopReason.STOPPED, Exit.SIGINT)
                    lanes.drain(StopReason.TIME_UP)

                tasks.start_soon(stop)
            await lanes.run()
            tasks.cancel_scope.cancel()
        return lanes

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


async def never_left(row: PendingRow) -> Exchange:
    return Exchange(failure=Failure.NEVER_LEFT)


async def refused(row: PendingRow) -> Exchange:
    await anyio.sleep(0.005)
    return Exchange(401)


def test_hundreds_of_lanes_each_use_their_whole_quota() -> None:
    """300 keys in one process: over three windows each makes all of its 30 calls, and none meets a 429."""
    stages = {f"a{n}": Stage(Server(limit=10, begun_at=-n / 7), rows=32) for n in range(examples(300))}
    driven(stages)
    for stage in stages.values():
        first = stage.server.all_counted[0]
        assert sum(1 for at in stage.server.all_counted if at < first + 3 * 60.0) == 30
        assert stage.server.refused == 0
        assert stage.outcomes() == Counter({Outcome.SUCCEEDED: 32})


def test_a_lane_whose_key_is_refused_ends_alone() -> None:
    """The rows of a refused key stay pending; all other lanes go on to their end."""
    bad = Stage(Server(), rows=40)
    bad.server.send = refused  # type: ignore[method-assign]
    stages = {"good": Stage(Server(), rows=70), "bad": bad}
    lanes = driven(stages)
    assert lanes.stopped == {"bad": StopReason.KEY_REFUSED}
    assert stages["good"].outcomes() == Counter({Outcome.SUCCEEDED: 70})
    assert stages["bad"].outcomes() == Counter({None: 1})  # one request tried the key, and no other


def test_an_outage_of_one_lane_holds_up_no_other() -> None:
    """A lane that cannot be answered gives up after its own time; the others' hours are those of their quota."""
    gone = Stage(Server(), rows=10, policy=Policy(give_up_after=100.0))
    gone.server.send = never_left  # type: ignore[method-assign]
    stages = {"good": Stage(Server(), rows=61), "gone": gone}
    lanes = driven(stages)
    assert lanes.stopped == {"gone": StopReason.OUTAGE}
    assert stages["good"].server.all_counted[-1] <= 121.0


@pytest.mark.parametrize(("max_errors", "ends"), [(9, True), (21, False)])
def test_errors_are_counted_over_all_lanes(max_errors: int, ends: bool) -> None:
    """Ten errors in each of two lanes are twenty: more than the run bears stop every lane."""

    async def refuse(row: PendingRow) -> Exchange:
        await anyio.sleep(0.005)
        return Exchange(400, b'{"message": "no"}')

    errors, policy = ErrorCounter(), Policy(max_errors=max_errors)
    stages = {name: Stage(Server(), rows=10, policy=policy, errors=errors) for name in ("one", "two")}
    for stage in stages.values():
        stage.server.send = refuse  # type: ignore[method-assign]
    stages["calm"] = Stage(Server(), rows=500, policy=policy, errors=errors)
    lanes = driven(stages)
    assert (lanes.stopped.get("calm") is StopReason.TOO_MANY_ERRORS) is ends
    assert (stages["calm"].outcomes()[Outcome.SUCCEEDED] < 500) is ends


def test_a_stop_reaches_every_lane_and_its_exit_code_is_the_first() -> None:
    """All lanes drain at once; what stops them later does not change how the run ends."""
    stages = {name: Stage(Server(), rows=100) for name in ("one", "two")}
    lanes = driven(stages, stop_at=61.0)
    assert lanes.exit_code is Exit.SIGINT
    assert set(lanes.stopped.values()) == {StopReason.STOPPED}
    for stage in stages.values():
        assert 30 < stage.outcomes()[Outcome.SUCCEEDED] <= 60


def test_the_states_say_what_is_left_in_each_lane() -> None:
    """Each lane shows its own rows, quota and outage."""
    stage = Stage(Server(), rows=5)
    lanes = driven({"one": stage})
    for result in stage.found.values():
        lanes.settled("one", result)
    [state] = lanes.states
    assert tuple(state) == ("one", 0, 30, 30, 60.0, False, None)
