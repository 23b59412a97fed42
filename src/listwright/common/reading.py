"""Within one reading, such as a page that is put together, a question of the database is asked once.

What is asked for in many places (a company's connection, its markets, a person's roles) is then as cheap as if it were
handed around, and a page cannot show two answers to one question. Outside of a reading nothing is kept.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_answers: ContextVar[dict[Any, Any] | None] = ContextVar("answers", default=None)


@contextmanager
def one_reading() -> Iterator[None]:
    """Answers are kept until the end of the block, which must not write what it reads. Within another, part of it."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


def asked_once(question: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """For a function that only reads, of hashable arguments. Who gets its answer must not change it; what it raises is
    not kept."""

    @wraps(question)
    def asked(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        answers = _answers.get()
        if answers is None:
            return question(*args, **kwargs)
        key = (question, args, tuple(sorted(kwargs.items())))
        if key not in answers:
            answers[key] = question(*args, **kwargs)
        answer: Answer = answers[key]
        return answer

    return asked
