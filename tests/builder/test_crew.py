"""Work beside other work: both end, and neither outlives the other."""

from __future__ import annotations

import threading

import pytest

from builder import crew, process


def test_the_result_is_there_when_the_block_has_ended():
    meanwhile = threading.Event()
    with crew.beside(lambda: meanwhile.wait(60) and "done") as work:
        meanwhile.set()
    assert work.result() == "done"


def test_what_it_raises_is_raised_by_its_result_alone():
    with crew.beside(lambda: 1 // 0) as work:
        pass
    with pytest.raises(ZeroDivisionError):
        work.result()


def test_a_block_that_fails_takes_the_work_with_it():
    started = threading.Event()

    def long_work():
        started.set()
        process.run(("sleep", "3600"))

    with pytest.raises(ValueError, match="block"), crew.beside(long_work) as work:
        started.wait(60)
        raise ValueError("the block")
    assert work.done()
    assert isinstance(work.exception(), KeyboardInterrupt)
