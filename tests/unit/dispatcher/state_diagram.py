"""What tests derive from the table of row states: the state that a journal shows, and the diagram of the guide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from batch.dispatcher.row_states import TABLE, State
from batch.model import Outcome

#: The outcome that a report shows while a row has none: what it would be if the run ended now.
IF_STOPPED: Final[Mapping[State, Outcome]] = {State.QUEUED: Outcome.PENDING, State.IN_DOUBT: Outcome.UNKNOWN}


def recorded_state(outcome: Outcome | None, in_doubt: bool) -> State | Outcome:
    """The state that a journal's row is in, or its outcome where it has one."""
    return outcome or (State.IN_DOUBT if in_doubt else State.QUEUED)


def state_diagram() -> str:
    """The table as a Mermaid state diagram, for the architecture guide: one arrow for each pair of states, with its
    events."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for state, transitions in TABLE.items():
        for transition in transitions:
            target = transition.then or "the_check_decides"
            label = " + ".join(sorted(transition.conditions))
            event = f"{transition.event} ({label})" if label else str(transition.event)
            arrows.setdefault((state, target), []).append(event)
    lines = ["stateDiagram-v2", f"    [*] --> {State.QUEUED}"]
    lines += [f"    {source} --> {target}: {'<br>'.join(events)}" for (source, target), events in arrows.items()]
    ends = dict.fromkeys(target for _, target in arrows if target not in list(State))
    lines += [f"    {end} --> [*]" for end in ends]
    return "\n".join(lines) + "\n"
