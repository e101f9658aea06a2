"""The states of a row that has no outcome yet, and every transition from them, as one table. Pure.

Owns: (state, event, conditions) -> the next state, or the outcome and its code. The engine follows `next_transition`;
a row that is settled elsewhere (at the feed, by the team's list, by a later run) follows the same table.
Flow: a state is what the journal keeps of a row: `in_doubt` is set when an attempt starts, and cleared when it is known
that no attempt arrived. So after a kill a row with a request in flight is in doubt, and is read back.
Source: DESIGN laws 5 (intent before effect) and 6 (a resumed run ends as an uninterrupted one).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from batch.guayaba.exchange import ReadResult
from batch.guayaba.verdict import ResponseClass
from batch.model import Outcome


class State(StrEnum):
    """What the journal says of a row without an outcome."""

    QUEUED = "queued"  # no attempt can have arrived
    IN_DOUBT = "in_doubt"  # an attempt may have arrived


class Event(StrEnum):
    """What happens to a row. `response` is of a write (the words of `ResponseClass`), `check` of a read before the
    write, `read-back` of a read after it (the words of `ReadResult`)."""

    ATTEMPT_STARTED = "attempt started"
    RESPONSE_SUCCEEDED = "response succeeded"
    RESPONSE_NOT_FOUND = "response not-found"
    RESPONSE_REJECTED = "response rejected"
    RESPONSE_RETRY = "response retry"
    RESPONSE_THROTTLED = "response throttled"
    RESPONSE_UNREACHABLE = "response unreachable"
    RESPONSE_HALT = "response halt"
    RESPONSE_IN_DOUBT = "response in-doubt"
    RESPONSE_UNREADABLE = "response unreadable"
    RESPONSE_NEXT_CONTACT = "response next-contact"
    CHECK_CLEAR = "check clear"
    CHECK_DECIDED = "check decided"
    CHECK_UNREADABLE = "check unreadable"
    CHECK_INCOMPLETE = "check incomplete"
    READ_BACK_AS_ASKED = "read-back as-asked"
    READ_BACK_OTHERWISE = "read-back otherwise"
    READ_BACK_ABSENT = "read-back absent"
    READ_BACK_STOPPED = "read-back stopped"
    READ_BACK_UNREADABLE = "read-back unreadable"
    READ_BACK_INCOMPLETE = "read-back incomplete"
    NO_READ_POSSIBLE = "no read possible"
    LISTED_AS_ASKED = "listed as-asked"
    NOT_LISTED = "not listed"
    LATER_RUN_SUCCEEDED = "later run succeeded"


#: The event of a response by its class. `LOOKED` is of no response; it counts as a doubt.
RESPONSE_EVENTS: Final = {
    meaning: Event.RESPONSE_IN_DOUBT if meaning is ResponseClass.LOOKED else Event(f"response {meaning}")
    for meaning in ResponseClass
}
READ_BACK_EVENTS: Final = {result: Event(f"read-back {result}") for result in ReadResult}
#: The event of a read before the write that gives no outcome: whatever the contact is, the row may be sent.
CHECK_EVENTS: Final = dict.fromkeys(ReadResult, Event.CHECK_CLEAR) | {
    ReadResult.UNREADABLE: Event.CHECK_UNREADABLE,
    ReadResult.INCOMPLETE: Event.CHECK_INCOMPLETE,
}


class Condition(StrEnum):
    """What must hold for a transition."""

    IDEMPOTENT = "idempotent"  # sending it twice has the effect of sending it once
    RESENDABLE = "resendable"  # idempotent, and the last response was not an unreadable success
    READABLE = "readable"  # the contact can be read back
    ATTEMPTS_LEFT = "attempts left"
    READS_LEFT = "reads left"
    READ_REQUIRED = "read required"  # without a read before the write there is no write
    SECOND_READ = "second read"  # two reads, some time apart, showed the contact unchanged
    ANSWERED = "answered"  # the last attempt had a response
    UNREADABLE_RESPONSE = "unreadable response"  # it was a success that could not be read
    OWN_EFFECT = "own effect"  # the check found the contact as asked, after an attempt of this row


class Step(StrEnum):
    """What the engine does next with a row that has no outcome yet."""

    SEND = "send"  # after a backoff
    SEND_NOW = "send now"  # as soon as there is a token
    READ = "read"  # after a backoff
    READ_NOW = "read now"  # as soon as there is a token
    WAIT = "wait"  # for its response; or for ever: the run stops


class Transition(NamedTuple):
    """One row of the table. The first one of a state and event whose conditions all hold applies."""

    event: Event
    conditions: frozenset[Condition]
    #: The next state or the outcome; `None`: the outcome that the check gives.
    then: State | Outcome | None
    #: The code of an outcome; empty: that of the last response or read.
    code: str = ""
    step: Step = Step.WAIT

    @property
    def end(self) -> tuple[Outcome, str]:
        """The outcome in which the row ends, and its code. Raises ValueError where it goes on."""
        return Outcome(str(self.then)), self.code


def _on(
    event: Event, then: State | Outcome | None, *conditions: Condition, code: str = "", step: Step = Step.WAIT
) -> Transition:
    return Transition(event, frozenset(conditions), then, code, step)


def _from_any(state: State) -> tuple[Transition, ...]:
    """The transitions that differ in nothing but the state that a row stays in."""
    return (
        _on(Event.RESPONSE_SUCCEEDED, Outcome.SUCCEEDED),
        _on(Event.RESPONSE_NOT_FOUND, Outcome.NOT_FOUND),
        _on(Event.RESPONSE_REJECTED, Outcome.REJECTED),
        # A 429 and a request that never left use up no attempt.
        _on(Event.RESPONSE_THROTTLED, state, step=Step.SEND_NOW),
        _on(Event.RESPONSE_UNREACHABLE, state, step=Step.SEND_NOW),
        _on(Event.RESPONSE_HALT, state),
        _on(Event.RESPONSE_IN_DOUBT, State.IN_DOUBT, step=Step.READ),
        _on(Event.RESPONSE_UNREADABLE, State.IN_DOUBT, step=Step.READ),
        # The contacts of all forms of a number are as asked, or none is: the next one is sent after a read.
        _on(Event.RESPONSE_NEXT_CONTACT, State.QUEUED, step=Step.SEND_NOW),
        _on(Event.CHECK_CLEAR, state, step=Step.SEND_NOW),
        _on(Event.CHECK_INCOMPLETE, state, step=Step.READ_NOW),
        _on(Event.CHECK_DECIDED, Outcome.SUCCEEDED, Condition.OWN_EFFECT, code="read_back"),
        _on(Event.CHECK_DECIDED, None),
        _on(Event.CHECK_UNREADABLE, state, Condition.READS_LEFT, step=Step.READ),
        _on(Event.LATER_RUN_SUCCEEDED, Outcome.SUPERSEDED, code="superseded"),
    )


_NO_EFFECT: Final = (Event.READ_BACK_OTHERWISE, Event.READ_BACK_ABSENT)

TABLE: Final[Mapping[State, tuple[Transition, ...]]] = {
    State.QUEUED: (
        *_from_any(State.QUEUED),
        _on(Event.ATTEMPT_STARTED, State.IN_DOUBT),
        _on(Event.RESPONSE_RETRY, State.QUEUED, Condition.IDEMPOTENT, Condition.ATTEMPTS_LEFT, step=Step.SEND),
        _on(Event.RESPONSE_RETRY, Outcome.FAILED, Condition.IDEMPOTENT),
        # A gateway can say 503 after the write took effect, and a read costs no write.
        _on(Event.RESPONSE_RETRY, State.IN_DOUBT, Condition.READABLE, step=Step.READ),
        _on(Event.RESPONSE_RETRY, State.QUEUED, Condition.ATTEMPTS_LEFT, step=Step.SEND),
        _on(Event.RESPONSE_RETRY, Outcome.FAILED),
        _on(Event.CHECK_UNREADABLE, Outcome.FAILED, Condition.READ_REQUIRED, code="not_read"),
        _on(Event.CHECK_UNREADABLE, State.QUEUED, step=Step.SEND_NOW),
        _on(Event.NO_READ_POSSIBLE, Outcome.FAILED, code="not_read"),
        _on(Event.LISTED_AS_ASKED, Outcome.UNCHANGED, code="already_so"),
        _on(Event.NOT_LISTED, Outcome.NOT_FOUND, code="contact_not_found"),
    ),
    State.IN_DOUBT: (
        *_from_any(State.IN_DOUBT),
        _on(Event.ATTEMPT_STARTED, State.IN_DOUBT),
        _on(Event.RESPONSE_RETRY, State.IN_DOUBT, Condition.IDEMPOTENT, Condition.ATTEMPTS_LEFT, step=Step.SEND),
        _on(Event.RESPONSE_RETRY, Outcome.UNKNOWN, Condition.IDEMPOTENT),
        _on(Event.RESPONSE_RETRY, State.IN_DOUBT, Condition.READABLE, step=Step.READ),
        _on(Event.RESPONSE_RETRY, State.IN_DOUBT, Condition.ATTEMPTS_LEFT, step=Step.SEND),
        _on(Event.RESPONSE_RETRY, Outcome.UNKNOWN),
        _on(Event.CHECK_UNREADABLE, Outcome.UNKNOWN, Condition.READ_REQUIRED, code="answer_lost"),
        _on(Event.CHECK_UNREADABLE, State.IN_DOUBT, step=Step.SEND_NOW),
        _on(Event.NO_READ_POSSIBLE, Outcome.UNKNOWN, code="answer_lost"),
        _on(Event.READ_BACK_AS_ASKED, Outcome.SUCCEEDED),
        _on(Event.READ_BACK_INCOMPLETE, State.IN_DOUBT, step=Step.READ_NOW),
        # The person may have asked to be left alone since: an older request is not sent again.
        _on(Event.READ_BACK_STOPPED, State.QUEUED, Condition.IDEMPOTENT, Condition.ATTEMPTS_LEFT, step=Step.SEND),
        _on(Event.READ_BACK_STOPPED, Outcome.FAILED, Condition.IDEMPOTENT),
        _on(Event.READ_BACK_STOPPED, Outcome.UNKNOWN, code="stopped_since"),
        *(
            transition
            for event in _NO_EFFECT
            for transition in (
                _on(event, State.QUEUED, Condition.IDEMPOTENT, Condition.ATTEMPTS_LEFT, step=Step.SEND),
                _on(event, Outcome.FAILED, Condition.IDEMPOTENT),
                # Where sending twice does harm, one read is not enough: the server may still be at work.
                _on(event, State.QUEUED, Condition.SECOND_READ, Condition.ATTEMPTS_LEFT, step=Step.SEND),
                _on(event, Outcome.UNKNOWN, Condition.SECOND_READ),
                _on(event, State.IN_DOUBT, step=Step.READ),
            )
        ),
        _on(Event.READ_BACK_UNREADABLE, State.IN_DOUBT, Condition.READS_LEFT, step=Step.READ),
        _on(Event.READ_BACK_UNREADABLE, State.IN_DOUBT, Condition.RESENDABLE, Condition.ATTEMPTS_LEFT, step=Step.SEND),
        # Idempotent, and each attempt had an error as its response: that is a failure, not a doubt.
        _on(Event.READ_BACK_UNREADABLE, Outcome.FAILED, Condition.RESENDABLE, Condition.ANSWERED),
        _on(Event.READ_BACK_UNREADABLE, Outcome.UNKNOWN, Condition.UNREADABLE_RESPONSE),
        _on(Event.READ_BACK_UNREADABLE, Outcome.UNKNOWN, code="answer_lost"),
    ),
}

_BY_EVENT: Final = {
    (state, event): tuple(transition for transition in transitions if transition.event is event)
    for state, transitions in TABLE.items()
    for event in Event
}

#: The transitions that need no condition, where no other one of their event comes before them.
UNCONDITIONAL: Final = {
    key: transitions[0] for key, transitions in _BY_EVENT.items() if transitions and not transitions[0].conditions
}


def next_transition(state: State, event: Event, conditions: Collection[Condition] = ()) -> Transition:
    """The transition of a row in `state` on `event`, where `conditions` hold. Raises LookupError for an event that
    cannot happen in that state."""
    for transition in _BY_EVENT[state, event]:
        if transition.conditions.issubset(conditions):
            return transition
    raise LookupError(f"a row that is {state} has no transition on: {event}")
