"""Makes the items of a graph, several at once: each after those it stands on, and not at all if one of them failed."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Generic, TypeVar

from builder import running
from builder.errors import Error, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from certify.graph import Item

T = TypeVar("T")


class BaseFailed(Fault):
    """An item was not made because one that it stands on failed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"not built: its base {name} failed")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What became of an item: a result, or an error."""

    item: Item
    result: T | None = None
    error: Error | None = None

    @property
    def exit_code(self) -> int:
        """What the program would end with, were this all."""
        return self.error.exit_code if self.error else 0


def run(items: Sequence[Item], work: Callable[[Item], T], *, jobs: int,
        ended: Callable[[Outcome[T]], None] = lambda _: None) -> list[Outcome[T]]:
    """Do the work on each item in threads, at most ``jobs`` at a time, and give back every outcome in the items' order.

    ``ended`` hears of each outcome as it comes, in the caller's thread. An Error of the work is the item's. Anything
    else, and Ctrl-C above all, ends the work on all items and comes out when no thread runs any more.
    """
    return _Crew(items, work, ended).run(jobs)


class _Crew(Generic[T]):
    """The items on their way. Only the caller's thread touches this; the others see their item alone."""

    def __init__(self, items: Sequence[Item], work: Callable[[Item], T], ended: Callable[[Outcome[T]], None]) -> None:
        self.items = {item.key: item for item in items}
        self.work, self.ended = work, ended
        self.graph = TopologicalSorter({item.key: item.parents for item in items})
        self.outcomes: dict[str, Outcome[T]] = {}
        self.running: dict[Future[T], Item] = {}
        self.threads: set[int] = set()

    def run(self, jobs: int) -> list[Outcome[T]]:
        pool = ThreadPoolExecutor(jobs, "image", initializer=lambda: self.threads.add(threading.get_ident()))
        try:
            self.graph.prepare()
            while self.graph.is_active():
                self._start(pool)
                self._collect()
        except BaseException:
            self._stop(pool)
            raise
        pool.shutdown()
        return [self.outcomes[key] for key in self.items]

    def _start(self, pool: ThreadPoolExecutor) -> None:
        """Start what is ready; what cannot be made ends here, and may make others ready."""
        while ready := self.graph.get_ready():
            for key in ready:
                item = self.items[key]
                error = item.error or self._base_failed(item)
                if error is None:
                    self.running[pool.submit(self.work, item)] = item
                else:
                    self._settle(Outcome(item=item, error=error))

    def _base_failed(self, item: Item) -> Error | None:
        for parent in item.parents:
            error = self.outcomes[parent].error
            if error is not None:       # the one that is to be mended is named, however far above it stands
                return BaseFailed(error.name if isinstance(error, BaseFailed) else self.items[parent].label)
        return None

    def _collect(self) -> None:
        for future in wait(self.running, return_when=FIRST_COMPLETED).done:
            self._settle(_outcome(self.running.pop(future), future))

    def _settle(self, outcome: Outcome[T]) -> None:
        self.outcomes[outcome.item.key] = outcome
        self.graph.done(outcome.item.key)
        self.ended(outcome)

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        """End what runs and wait until it has cleaned up; who is impatient ends the cleaning too."""
        while True:
            try:
                pool.shutdown(wait=False, cancel_futures=True)      # first, that no thread takes up another item
                running.interrupt(tuple(self.threads))
                pool.shutdown(wait=True)
                running.forget(self.threads)
            except KeyboardInterrupt:
                continue
            return


def _outcome(item: Item, future: Future[T]) -> Outcome[T]:
    try:
        return Outcome(item=item, result=future.result())
    except Error as error:
        return Outcome(item=item, error=error)
    except OSError as error:
        told = Error(f"{error.filename or item.path}: {error.strerror or error}", hint="is the disk full, or the file not yours?")
        return Outcome(item=item, error=told)
