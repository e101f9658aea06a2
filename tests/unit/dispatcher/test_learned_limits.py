"""What a process learned of a limit, and its quota store: the next process and those beside it know it, too."""

from __future__ import annotations

from dataclasses import dataclass, field

from batch.dispatcher.learned_limits import LearnedLimits
from batch.dispatcher.pacing.bucket import Bucket
from batch.dispatcher.pacing.learned_limit import LearnedLimit, Rate, parse_learned_limit
from batch.dispatcher.quota_stores.local import LocalQuota
from batch.guayaba.exchange import Exchange


@dataclass
class Store(LocalQuota):
    """A store that is slow to answer: what it is told is read again only after `answer`."""

    learned: str = ""
    users: int = 1
    told: list[str] = field(default_factory=list)

    def learn(self, text: str, full: Rate | None = None) -> None:
        self.told.append(text)

    def answer(self) -> None:
        self.learned = self.told[-1]


def taught(bucket: Bucket) -> None:
    """A first call is accepted, a second one refused, a third one, two seconds later, accepted: a rate."""
    for status, at in ((200, 0.0), (429, 0.1), (200, 2.2)):
        bucket.take(at)
        bucket.settle(Exchange(status), at, at)


def test_what_is_learned_is_told_once_with_the_time_of_day() -> None:
    """The store gets one word for one lesson, in epoch seconds, though it answers late."""
    bucket, store = Bucket(30, 60.0), Store()
    learned = LearnedLimits(bucket, store, wall=lambda: 1_800_000_000.0)
    taught(bucket)
    learned.exchange(2.2)
    learned.exchange(2.3)
    store.answer()
    learned.exchange(2.4)
    assert [parse_learned_limit(text) for text in store.told] == [LearnedLimit(30, 1, 2.0, 1_800_000_000.0)]
    assert learned.learned == parse_learned_limit(store.told[0])


def test_the_next_process_takes_it_over() -> None:
    """A bucket that has learned nothing keeps to what the store has; the store's word for nothing is none."""
    bucket = Bucket(30, 60.0)
    store = Store(learned=LearnedLimit(20, 20, 0.0, 1_800_000_000.0).text)
    learned = LearnedLimits(bucket, store, wall=lambda: 1_800_000_060.0)
    learned.exchange(5.0)
    assert bucket.tokens == 20
    assert bucket.learned is not None
    assert bucket.learned.learned_at == -55.0, "a minute ago, by this process's clock"
    store.learned = "what a later version wrote"
    learned.exchange(6.0)
    assert store.told == []


def test_what_was_learned_by_a_clock_that_was_ahead_is_tried_again() -> None:
    """A lesson from next year is taken as one of now: else the key would be used by it for a year."""
    bucket = Bucket(30, 60.0)
    store = Store(learned=LearnedLimit(20, 20, 0.0, 1_800_000_000.0 + 365 * 86_400).text)
    LearnedLimits(bucket, store, wall=lambda: 1_800_000_000.0).exchange(5.0)
    assert bucket.learned is not None
    assert bucket.learned.learned_at == 5.0
    bucket.known.accepted(5.0 + 12 * 60.0, 0.0, 1)
    assert bucket.tokens == 21


def test_users_of_one_store_share_a_rate() -> None:
    """Where three users keep to a learned rate, each call takes a part of it from the store; one alone needs none."""
    bucket = Bucket(30, 60.0)
    store = Store(learned=LearnedLimit(30, 1, 2.0, 0.0).text, users=3)
    LearnedLimits(bucket, store, wall=lambda: 0.0).exchange(0.0)
    assert bucket.learner.shared_rate == Rate(1, 2.0)
    store.users = 1
    LearnedLimits(bucket, store, wall=lambda: 0.0).exchange(0.0)
    assert bucket.learner.shared_rate is None


def test_a_refusal_is_told_to_the_others_before_it_is_understood() -> None:
    """While a refusal is looked into, all users keep to a rate without a burst, which any kind of limit takes."""
    bucket = Bucket(30, 60.0)
    store = Store(users=2)
    learned = LearnedLimits(bucket, store, wall=lambda: 1000.0)
    learned.exchange(0.0)
    bucket.take(0.0)
    bucket.settle(Exchange(200), 0.0, 0.0)
    bucket.take(0.1)
    bucket.settle(Exchange(429), 0.1, 0.1)
    learned.exchange(0.1)
    assert store.told == [LearnedLimit(30, 1, 2.0, 1000.0).text]
    assert bucket.learner.shared_rate == Rate(1, 2.0)
    assert bucket.learned is None, "it is not learned yet"


def test_what_one_user_forgets_the_others_forget() -> None:
    """A lesson that a user took over is void when the store's word for nothing follows it, and not before."""
    bucket, store = Bucket(30, 60.0), Store(learned=LearnedLimit(20, 20, 0.0, 0.0).text, users=2)
    learned = LearnedLimits(bucket, store, wall=lambda: 0.0)
    learned.exchange(0.0)
    assert bucket.tokens == 20
    store.learned = ""
    learned.exchange(1.0)
    assert bucket.learned is None
    assert bucket.tokens == 30


def test_a_refusal_without_a_lesson_leaves_no_rate_behind() -> None:
    """When a call was refused and nothing is learned of it, the others are told so."""
    bucket, store = Bucket(30, 60.0), Store(users=2)
    learned = LearnedLimits(bucket, store, wall=lambda: 0.0)
    learned.exchange(0.0)
    for status, at in ((200, 0.0), (429, 0.1)):
        bucket.take(at)
        bucket.settle(Exchange(status), at, at)
    learned.exchange(0.1)
    store.answer()
    learned.exchange(0.2)
    bucket.learner._episode.taught = True  # type: ignore[union-attr]
    bucket.take(2.2)
    bucket.settle(Exchange(200), 2.2, 2.2)
    learned.exchange(2.2)
    assert store.told[-1] == ""
