"""A few pieces of work at a time, on threads that end with the one who waits for them."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from builder import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_THREADS: Final = 2         # unpacking is work for the kernel and the disk; more threads only wait for each other
_PATIENCE: Final = 0.2      # seconds between two looks at whether we are to stop

T = TypeVar("T")


def each(work: Callable[[T], None], items: Iterable[T]) -> None:
    """Do the work on every item; the first that fails stops the others and is raised."""
    with _threads(_THREADS, "base") as pool:
        _wait({pool.submit(work, item) for item in items})


@contextmanager
def beside(work: Callable[[], T]) -> Iterator[Future[T]]:
    """Do a piece of work on a thread meanwhile; the block ends when both have. If the block fails, so does the work.

    What the work raises is raised by the future alone: who does not ask for the result does not hear of it.
    """
    with _threads(1, "beside") as pool:
        done = pool.submit(work)
        yield done
        while not done.done():
            wait([done], _PATIENCE)
            running.heed()


@contextmanager
def _threads(count: int, name: str) -> Iterator[ThreadPoolExecutor]:
    """Threads that have ended when the block has; if it fails, they are told to."""
    threads: set[int] = set()
    pool = ThreadPoolExecutor(count, name, initializer=lambda: threads.add(threading.get_ident()))
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        running.interrupt(tuple(threads))
        raise
    finally:
        pool.shutdown()
        running.forget(threads)


def one_at_a_time(on_line: Callable[[str], None]) -> Callable[[str], None]:
    """The same listener, for several threads."""
    lock = threading.Lock()

    def listen(line: str) -> None:
        with lock:
            on_line(line)

    return listen


def _wait(pending: set[Future[None]]) -> None:
    while pending:
        done, pending = wait(pending, _PATIENCE, FIRST_EXCEPTION)
        running.heed()
        for future in done:
            future.result()
