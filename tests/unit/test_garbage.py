"""Garbage collection waits while many rows go through."""

import gc
from contextlib import ExitStack

from listwright.common.garbage import many_rows


def test_garbage_is_collected_as_before_once_the_last_file_has_gone_through() -> None:
    before = gc.get_threshold()
    first, second = ExitStack(), ExitStack()
    first.enter_context(many_rows())
    second.enter_context(many_rows())
    first.close()
    assert gc.get_threshold()[0] > before[0]
    second.close()
    assert gc.get_threshold() == before
