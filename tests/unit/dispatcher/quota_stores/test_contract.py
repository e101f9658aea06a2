"""What every quota store keeps: the same tests for a file, a Redis and a PostgreSQL, by a clock that the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.dispatcher.quota_stores.servers import Server, postgres_server, redis_client, redis_server

from batch.dispatcher.quota_stores.interface import Kind, QuotaReply, QuotaRequest, QuotaStore, Returned
from batch.dispatcher.quota_stores.sqlite import SqliteStore
from batch.settings.quota_store import store_address

WINDOW_S, DEADLINE_S = 60.0, 30.0
LIFE_S = WINDOW_S + DEADLINE_S
_NAMES = count()


@dataclass
class Place:
    """Where stores of one sort are: `open_store` gives one more user's client, `set_clock` moves the store's clock."""

    sort: str
    open_store: Callable[[], QuotaStore]
    set_clock: Callable[[float], None]
    at: float = 1_000_000.0
    quota: str = ""
    clients: dict[str, QuotaStore] = field(default_factory=dict)

    def client(self, user: str) -> QuotaStore:
        """The client of `user`; a file is of one quota, a server of all."""
        name = f"{self.quota} {user}" if self.sort == "file" else user
        if name not in self.clients:
            self.clients[name] = self.open_store()
        return self.clients[name]

    def close(self) -> None:
        for client in self.clients.values():
            client.close()

    def fresh(self) -> Users:
        """Users of a quota that nobody used before. Where the memory is new, its first window is over."""
        self.quota = f"quota{next(_NAMES)}"
        self.at = 1_000_000.0
        self.set_clock(self.at)
        users = Users(self)
        users.ask("first", limit=1)
        self.pass_time(WINDOW_S)
        users.ask("first", returned=[Returned(users.last_handful, 0, 0.0)], leaves=True)
        return users

    def pass_time(self, seconds: float) -> None:
        self.at += seconds
        self.set_clock(self.at)


@dataclass
class Users:
    """The users of one quota, each with a client of its own."""

    place: Place
    handfuls: Iterator[int] = field(default_factory=lambda: count(1))
    last_handful: int = 0

    def ask(
        self,
        user: str,
        limit: int = 0,
        tokens: int = 1,
        kind: Kind = "write",
        returned: Sequence[Returned] = (),
        handful: int = 0,
        **more: Any,
    ) -> QuotaReply:
        """The reply to a request of `user`, who takes nothing without a `limit`."""
        self.last_handful = handful or next(self.handfuls)
        request = QuotaRequest(
            self.place.quota,
            kind,
            user,
            WINDOW_S,
            DEADLINE_S,
            handful=self.last_handful if limit else 0,
            tokens=tokens if limit else 0,
            limit=limit,
            life=LIFE_S,
            returned=returned,
            **more,
        )
        return self.place.client(user).exchange([request])[0]

    def take(self, user: str, limit: int, **more: Any) -> int | None:
        """The handful that `user` took; `None`: there was none."""
        return self.last_handful if self.ask(user, limit, **more).tokens else None


@pytest.fixture(scope="module", params=["file", "redis", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("store")
    with ExitStack() as stack:
        match request.param:
            case "file":
                place = file_place(folder)
            case "redis":
                pytest.importorskip("redis")
                place = redis_place(stack.enter_context(redis_server(folder)))
            case _:
                pytest.importorskip("psycopg")
                place = postgres_place(stack.enter_context(postgres_server(folder)), stack)
        stack.callback(place.close)
        yield place


def file_place(folder: Path) -> Place:
    """A file for each quota."""
    files: list[Place] = []

    def opened() -> QuotaStore:
        (file,) = files
        return SqliteStore(folder / file.quota, window=WINDOW_S, now=lambda: file.at)

    files.append(Place("file", opened, lambda _: None))
    return files[0]


def redis_place(server: Server) -> Place:
    """A Redis whose script reads a key instead of TIME."""
    from batch.dispatcher.quota_stores.redis import SCRIPT, RedisStore

    client = redis_client(server.port)
    script = SCRIPT.replace("redis.call('TIME')", "redis.call('LRANGE', 'clock', 0, -1)")
    assert script != SCRIPT
    address = store_address(f"redis://127.0.0.1:{server.port}/0")

    def set_clock(at: float) -> None:
        client.delete("clock")
        client.rpush("clock", int(at), round(at % 1 * 1_000_000))

    return Place("redis", lambda: RedisStore(address, timeout=10.0, script=script), set_clock)


def postgres_place(server: Server, stack: ExitStack) -> Place:
    """A PostgreSQL whose function reads a table instead of the clock."""
    import psycopg

    from batch.dispatcher.quota_stores.postgres import SCHEMA, PostgresStore

    url = f"postgresql://quota@127.0.0.1:{server.port}/postgres"
    schema = SCHEMA.replace("clock_timestamp()", "(SELECT at FROM clock)")
    assert schema != SCHEMA
    client = stack.enter_context(psycopg.connect(url, autocommit=True))
    client.execute("CREATE TABLE clock (at timestamptz)")
    client.execute("INSERT INTO clock VALUES (now())")

    def set_clock(at: float) -> None:
        client.execute("UPDATE clock SET at = to_timestamp(%s)", (at,))

    return Place("postgres", lambda: PostgresStore(store_address(url), timeout=10.0, schema=schema), set_clock)


def test_what_one_user_spent_the_others_do_not_have(place: Place) -> None:
    """Tokens are one pool, and come back one window after the last response."""
    users = place.fresh()
    first, second = users.take("a", 3), users.take("a", 3)
    assert first and second
    assert users.take("b", 3)
    reply = users.ask("b", 3)
    assert (reply.tokens, reply.wait) == (0, WINDOW_S), "one that is in flight may come back any time"
    users.ask("a", returned=[Returned(first, 1, 0.0)])
    place.pass_time(59.0)
    assert users.ask("b", 3).wait == pytest.approx(1.0)
    place.pass_time(1.0)
    assert users.take("b", 3)
    assert not users.take("b", 3)


def test_a_killed_user_holds_its_tokens_until_its_lease_ends(place: Place) -> None:
    """What nobody returns comes back when its requests can no longer be counted."""
    users = place.fresh()
    assert users.take("killed", 1)
    place.pass_time(LIFE_S - 1.0)
    assert users.ask("b", 1).wait == pytest.approx(1.0)
    place.pass_time(1.0)
    assert users.take("b", 1)


def test_what_was_not_used_is_there_again_at_once(place: Place) -> None:
    """A request that never left costs nothing, and a part of a handful comes back as a part."""
    users = place.fresh()
    handful = users.take("a", 10, tokens=10)
    assert handful and not users.take("b", 10)
    users.ask("a", returned=[Returned(handful, 4, 0.0)])
    assert users.ask("b", 10, tokens=10).tokens == 6
    place.pass_time(WINDOW_S)
    assert users.ask("c", 10, tokens=10).tokens == 4


def test_the_age_of_what_comes_back_is_counted(place: Place) -> None:
    """A report that was under way for 20 s does not make the token 20 s late."""
    users = place.fresh()
    handful = users.take("a", 1)
    assert handful
    place.pass_time(20.0)
    users.ask("a", returned=[Returned(handful, 1, 20.0)])
    place.pass_time(40.0)
    assert users.take("b", 1)


def test_the_same_request_again_takes_nothing_more(place: Place) -> None:
    """Where a reply was lost the request is repeated: its lease is taken once."""
    users = place.fresh()
    assert users.ask("a", 5, tokens=2, handful=77).tokens == 2
    assert users.ask("a", 5, tokens=2, handful=77).tokens == 2
    assert users.ask("b", 5, tokens=5).tokens == 3


def test_a_lease_that_is_not_known_is_counted_when_it_comes_back(place: Place) -> None:
    """A store that forgot a lease learns of it from its user."""
    users = place.fresh()
    users.ask("a", returned=[Returned(4711, 2, 0.0)])
    assert users.ask("b", 3, tokens=3).tokens == 1


def test_limit_pause_and_lessons_are_known_to_all(place: Place) -> None:
    """What one user heard of the server the others know; a pause holds everybody, and ends."""
    users = place.fresh()
    assert (users.ask("b").limit, users.ask("b").learned) == (None, "")
    lesson = '{"calls": 12, "interval": 2.5, "quote": "\\"é"}'
    users.ask("a", heard=12, pause=20.0, learned=lesson)
    reply = users.ask("b", 12)
    assert (reply.tokens, reply.limit, reply.learned) == (0, 12, lesson)
    assert reply.wait == pytest.approx(20.0)
    place.pass_time(20.0)
    assert users.take("b", 12)


def test_a_limit_that_was_heard_bounds_those_who_did_not_hear_it(place: Place) -> None:
    """A user that has just come and knows only the documented 30 gets what is left of the 3 that another one heard."""
    users = place.fresh()
    users.ask("a", heard=3)
    assert users.take("a", 3) and users.take("a", 3)
    assert users.ask("b", 30, tokens=5).tokens == 1
    assert not users.take("b", 30)


def test_users_are_counted_and_forgotten(place: Place) -> None:
    """A user counts from its first request until it leaves, or is not heard of for two windows."""
    users = place.fresh()
    assert users.ask("a").users == 1
    assert users.ask("b").users == 2
    users.ask("b", leaves=True)
    assert users.ask("a").users == 1
    users.ask("c")
    place.pass_time(2 * WINDOW_S)
    assert users.ask("a").users == 1


def test_reads_and_writes_are_kept_apart(place: Place) -> None:
    """A spent write leaves the reads alone."""
    users = place.fresh()
    assert users.take("a", 1)
    if not users.take("b", 1, kind="read"):  # the first that is heard of reads: nobody knows what was spent
        place.pass_time(WINDOW_S)
        assert users.take("b", 1, kind="read")
    assert not users.take("b", 1)


def test_several_requests_are_answered_in_their_order(place: Place) -> None:
    """One round trip carries the requests of several keys and kinds."""
    place.fresh()
    ask = QuotaRequest(place.quota, "write", "a", WINDOW_S, DEADLINE_S, limit=9, life=LIFE_S)
    requests = [QuotaRequest(**{**vars_of(ask), "handful": n, "tokens": n}) for n in (900, 3, 2)]
    requests[0] = QuotaRequest(**{**vars_of(requests[0]), "tokens": 1})
    assert [reply.tokens for reply in place.client("a").exchange(requests)] == [1, 3, 2]


def vars_of(request: QuotaRequest) -> dict[str, Any]:
    return {name: getattr(request, name) for name in QuotaRequest.__dataclass_fields__}


@given(
    limit=st.integers(1, 6),
    steps=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 40), st.booleans(), st.booleans()), max_size=40),
)
def test_no_window_holds_more_than_the_limit_whoever_spends(
    place: Place, limit: int, steps: list[tuple[int, float, bool, bool]]
) -> None:
    """Three users take and return at any times, some are killed: no 60 s hold more than `limit` requests."""
    users = place.fresh()
    flying: dict[str, list[tuple[int, float]]] = {"0": [], "1": [], "2": []}
    sent: list[tuple[float, float]] = []  # when a request left, and when it was over
    for who, pause, settle, kill in steps:
        place.pass_time(pause)
        for other, requests in flying.items():
            for handful, at in [each for each in requests if place.at - each[1] >= DEADLINE_S or settle]:
                requests.remove((handful, at))
                over = min(place.at, at + DEADLINE_S)
                users.ask(other, returned=[Returned(handful, 1, place.at - over)])
                sent.append((at, over))
        if (taken := users.take(f"{who}", limit)) is not None:
            flying[f"{who}"].append((taken, place.at))
        if kill:
            sent += [(at, at + DEADLINE_S) for _, at in flying[f"{who}"]]
            flying[f"{who}"] = []
    sent += [(at, at + DEADLINE_S) for requests in flying.values() for _, at in requests]
    for (
        _,
        opens,
    ) in sent:  # it may hold all that were under way as it opened, or left in it
        assert sum(at < opens + WINDOW_S - 1e-3 and over >= opens for at, over in sent) <= limit


# -- memory that was lost ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["redis", "postgres"], indirect=True)
@pytest.mark.parametrize("lost", ["new", "clock went back", "another server"])
def test_a_store_that_lost_its_memory_gives_nothing_for_one_window(place: Place, lost: str) -> None:
    """A network's store that cannot know what was spent gives nothing for a window, then everything."""
    users = place.fresh()
    assert users.ask("a", 3, tokens=3).tokens == 3
    match lost:
        case "new":
            place.quota += "-again"
        case "clock went back":
            place.pass_time(-3600.0)
        case _:
            forget_server(place)
    assert users.ask("b", 3).wait == pytest.approx(WINDOW_S)
    assert users.ask("b").wait == pytest.approx(WINDOW_S), "who takes nothing hears of it, too"
    place.pass_time(WINDOW_S - 0.01)
    assert not users.take("b", 3)
    place.pass_time(DEADLINE_S + 0.01)
    assert users.ask("b", 3, tokens=3).tokens == 3


def forget_server(place: Place) -> None:
    """Make the memory look as if another server had written it."""
    if place.sort == "redis":
        client = redis_client(place.client("a")._client.connection_pool.connection_kwargs["port"])  # type: ignore[attr-defined]
        client.hset(f"guayaba-batch:{{{place.quota}:write}}", "server", "another")
    else:
        store: Any = place.client("a")
        store.connect()
        store._connection.execute(
            "UPDATE guayaba_quota SET timeline = '000000FF' WHERE name = %s", (f"{place.quota}:write",)
        )
