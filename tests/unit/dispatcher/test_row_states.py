"""The table of row states: what the journal says of a row is what the engine knows of it, at every moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from harness.examples import examples
from hypothesis import given, settings
from unit.dispatcher.state_diagram import IF_STOPPED, recorded_state, state_diagram
from unit.dispatcher.test_engine import World, worlds

from batch.codes import CODES
from batch.dispatcher.actions import Read, Send
from batch.dispatcher.row_states import (
    READ_BACK_EVENTS,
    RESPONSE_EVENTS,
    TABLE,
    Condition,
    Event,
    State,
    Step,
    next_transition,
)
from batch.journal.entries import AttemptFinished, AttemptStarted, RowResult
from batch.journal.read import OUTCOME
from batch.journal.schema import STEPS
from batch.journal.write import write_entries
from batch.model import Outcome

GOLDEN = Path(__file__).parent / "row_states.mermaid"


@contextmanager
def empty_journal(rows: int) -> Iterator[sqlite3.Connection]:
    """The tables of a journal in memory, with so many rows that are to be sent."""
    with closing(sqlite3.connect(":memory:")) as db:
        for statement in (statement for step in STEPS for statement in step):
            db.execute(statement)
        db.executemany(
            "INSERT INTO rows (ordinal, number, cells, code, message, repair, in_doubt)"
            " VALUES (?, ?, x'5b5d', '', '', '', 0)",
            [(ordinal, ordinal + 1) for ordinal in range(1, rows + 1)],
        )
        yield db


class Recorded:
    """Writes what a world's workers would write, and compares after each entry what is written with what is so."""

    def __init__(self, world: World, db: sqlite3.Connection) -> None:
        self.world = world
        self.db = db
        self.sending: dict[int, int] = {}  # row in flight -> its attempt
        self.outcomes: dict[int, Outcome] = {}
        world.engine.settle, settle = self.settle, world.engine.settle  # type: ignore[assignment, method-assign]
        world.engine.settle_read, settle_read = self.settle_read, world.engine.settle_read  # type: ignore[assignment, method-assign]
        world.engine.next, following = self.next, world.engine.next  # type: ignore[assignment, method-assign]
        self._settle, self._settle_read, self._next = settle, settle_read, following

    def next(self, now: float) -> object:
        action = self._next(now)
        if isinstance(action, Send):
            self.sending[action.ordinal] = action.attempt
            write_entries(self.db, [AttemptStarted(action.ordinal, action.attempt, now)])
            self.compare(action.ordinal)
        elif isinstance(action, Read):
            self.compare(action.ordinal)
        return action

    def settle(self, ordinal: int, *exchange: Any) -> RowResult:
        result = self._settle(ordinal, *exchange)
        return self.record(result, self.sending.pop(ordinal))

    def settle_read(self, ordinal: int, *read: Any) -> RowResult:
        return self.record(self._settle_read(ordinal, *read), None)

    def record(self, result: RowResult, attempt: int | None) -> RowResult:
        write_entries(self.db, [AttemptFinished(result, attempt, 1.0)])
        if result.outcome is not None:
            self.outcomes[result.ordinal] = result.outcome
        self.compare(result.ordinal)
        return result

    def compare(self, ordinal: int) -> None:
        ((outcome, in_doubt, shown),) = self.db.execute(
            f"SELECT outcome, in_doubt, {OUTCOME} FROM rows r WHERE ordinal = ?", (ordinal,)
        )
        row = self.world.jobs[ordinal - 1]
        live = self.outcomes.get(ordinal) or (State.IN_DOUBT if ordinal in self.sending else row.state)
        assert recorded_state(None if outcome is None else Outcome(outcome), bool(in_doubt)) is live
        assert shown == (live if isinstance(live, Outcome) else IF_STOPPED[live])


@settings(max_examples=examples(300))
@given(worlds())
def test_the_journal_says_at_every_moment_what_the_engine_knows(world: World) -> None:
    """Any rows and exchanges: after each entry of the journal its row is in the state that the engine has it in."""
    with empty_journal(len(world.jobs)) as db:
        recorded = Recorded(world, db)
        world.run()
        for row in world.jobs:
            recorded.compare(row.ordinal)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", [*RESPONSE_EVENTS.values(), Event.CHECK_CLEAR, Event.CHECK_DECIDED])
def test_each_response_and_check_has_a_transition(state: State, event: Event) -> None:
    """Whatever holds, a response or a check of a row has one transition; none is missing for a set of conditions."""
    for count in range(len(Condition) + 1):
        for conditions in combinations(Condition, count):
            next_transition(state, event, conditions)


@pytest.mark.parametrize("event", [*READ_BACK_EVENTS.values(), Event.CHECK_UNREADABLE])
def test_each_read_of_a_row_in_doubt_has_a_transition(event: Event) -> None:
    """Every result of reading back has a transition without conditions, which applies where none holds."""
    assert next_transition(State.IN_DOUBT, event).event is event


def test_what_cannot_happen_has_no_transition() -> None:
    """Nothing is read back where no attempt can have arrived: such an event is a fault of the program."""
    with pytest.raises(LookupError, match="no transition on: read-back as-asked"):
        next_transition(State.QUEUED, Event.READ_BACK_AS_ASKED)


def test_every_code_of_the_table_is_known_and_every_line_can_apply() -> None:
    """Codes stand in the registry; no transition stands behind one of the same event that always applies first."""
    for transitions in TABLE.values():
        for place, transition in enumerate(transitions):
            assert not transition.code or transition.code in CODES
            before = [each for each in transitions[:place] if each.event is transition.event]
            assert not any(each.conditions <= transition.conditions for each in before), transition
            assert isinstance(transition.then, State) or transition.step is Step.WAIT, transition


def test_a_row_in_doubt_is_never_called_failed_where_an_attempt_may_have_arrived() -> None:
    """`failed` needs a read that showed no effect, or a row that may be sent twice and whose attempts were answered."""
    for transition in TABLE[State.IN_DOUBT]:
        if transition.then is Outcome.FAILED:
            assert transition.conditions & {Condition.IDEMPOTENT, Condition.RESENDABLE}, transition


def test_the_diagram_of_the_guide_is_the_table() -> None:
    """The state diagram is drawn from the table; a changed table changes this text, and the guide with it."""
    assert state_diagram() == GOLDEN.read_text(encoding="utf-8")
