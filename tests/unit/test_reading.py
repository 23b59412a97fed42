"""Within one reading a question is asked once."""

from __future__ import annotations

import threading

import pytest

from listwright.common.reading import asked_once, one_reading


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def answer(self, key: object, more: int = 0) -> int:
        self.asked.append((key, more))
        if key == "nothing":
            raise LookupError(key)
        return len(self.asked)


def test_a_question_is_asked_once_within_a_reading_and_every_time_outside() -> None:
    ask = asked_once(Source().answer)
    assert [ask("a"), ask("a")] == [1, 2]
    with one_reading():
        assert [ask("a"), ask("a"), ask("b"), ask("a", more=1), ask("a")] == [3, 3, 4, 5, 3]
    assert ask("a") == 6


def test_a_reading_within_another_is_part_of_it_and_the_next_one_begins_anew() -> None:
    ask = asked_once(Source().answer)
    with one_reading():
        first = ask("a")
        with one_reading():
            assert ask("a") == first
        assert ask("a") == first
    with one_reading():
        assert ask("a") == first + 1


def test_a_refusal_is_not_kept_and_a_reading_that_fails_is_over() -> None:
    ask = asked_once(Source().answer)
    with pytest.raises(LookupError), one_reading():
        with pytest.raises(LookupError):
            ask("nothing")
        ask("nothing")
    assert [ask("a"), ask("a")] == [3, 4]


def test_a_reading_of_one_thread_is_no_reading_of_another() -> None:
    source = Source()
    ask = asked_once(source.answer)
    with one_reading():
        ask("a")
        other = threading.Thread(target=ask, args=("a",))
        other.start()
        other.join(10)
    assert len(source.asked) == 2
