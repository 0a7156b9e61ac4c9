"""What a start of an image costs where nothing of it was read before, and whether its recipe's budget allows that.

Seconds are those beyond an empty start: the same sandbox and the same shell of the same image, with nothing to do. Where
the empty start itself is slow, the machine is, and the limit of seconds grows with it: a slow machine is no fault of
the image. Bytes and requests do not depend on the machine.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from builder.progress import human_size
from builder.recipe.model import Budget, Test
from certify.certificate import Cost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from builder.recipe import Recipe

EMPTY: Final = 0.05     # seconds of an empty start on a machine that is not slow; measured: 0.045 to 0.08 on small ones
ADVICE: Final = ("read less at the start: import late what is not always needed, leave files out, have Python's byte code in the "
                 "image; or raise the recipe's budget")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A start that is to be measured, and what it may cost."""

    test: Test
    budget: Budget

    @classmethod
    def of(cls, recipe: Recipe | None) -> Wish | None:
        """What a recipe asks for; None for one without a budget, or none at all."""
        test = recipe.start if recipe else None
        return cls(test=test, budget=recipe.budget) if recipe and recipe.budget and test else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What one start cost: seconds beyond the ``empty`` one's, bytes read from the image, requests made of it.

    ``lacking`` says why nothing was measured; it is empty where it was. ``code`` is the exit code, negative for what did not
    end by itself, and ``output`` the end of what was printed where it is not the expected one.
    """

    wish: Wish
    code: int
    seconds: float = 0.0
    empty: float = 0.0
    bytes: int = 0
    requests: int = 0
    output: str = ""
    lacking: str = ""

    @classmethod
    def from_event(cls, wish: Wish, event: Mapping[str, Any]) -> Start:
        """A result as certify.sandbox.budget tells it."""
        return cls(wish=wish, **event)

    @property
    def works(self) -> bool:
        """Whether it was run, and ended as it should."""
        return not self.lacking and self.code == self.wish.test.expect.exit

    @property
    def allowed(self) -> Budget:
        """The limits as they hold on this machine."""
        budget = self.wish.budget
        longer = max(1.0, self.empty / EMPTY)
        return Budget(run=budget.run, bytes=budget.bytes, requests=budget.requests,
                      seconds=None if budget.seconds is None else budget.seconds * longer)

    @property
    def faults(self) -> tuple[str, ...]:
        """What speaks against the image, a sentence each; none if it was not measured."""
        if self.lacking:
            return ()
        if not self.works:
            ended = f"ended with exit code {self.code}" if self.code >= 0 else f"was not over after {self.wish.test.timeout} s"
            return (f"the start that the budget is for {ended}",)
        return tuple(self._exceeded())

    def _exceeded(self) -> Iterator[str]:
        budget, allowed = self.wish.budget, self.allowed
        if allowed.seconds is not None and budget.seconds is not None and self.seconds > allowed.seconds:
            here = "" if allowed.seconds == budget.seconds else f", here {_seconds(allowed.seconds)} as the machine is slow"
            yield f"the start takes {_seconds(self.seconds)} more than an empty one, its budget is {budget.seconds:g} s{here}"
        if budget.bytes is not None and self.bytes > budget.bytes:
            read, most = _sizes(self.bytes, budget.bytes)
            yield f"the start reads {read} from the image, its budget is {most}"
        if budget.requests is not None and self.requests > budget.requests:
            yield f"the start makes {self.requests:,} requests of the image, its budget is {budget.requests:,}"

    @property
    def told(self) -> str:
        """What it cost, in words."""
        if self.lacking:
            return f"not measured: {self.lacking}"
        return (f"{_seconds(self.seconds)} more than an empty one ({_seconds(self.empty)}), {human_size(self.bytes)} read, "
                f"{self.requests:,} requests")

    @property
    def cost(self) -> Cost | None:
        """What it cost, as it is signed; None if it was not measured."""
        return None if self.lacking else Cost(milliseconds=_milli(self.seconds), empty_milliseconds=_milli(self.empty),
                                              bytes=self.bytes, requests=self.requests)

    @property
    def limits(self) -> dict[str, int]:
        """What its recipe allows, in whole numbers, to be signed."""
        budget = self.wish.budget
        told = {"milliseconds": None if budget.seconds is None else _milli(budget.seconds), "bytes": budget.bytes,
                "requests": budget.requests}
        return {key: value for key, value in told.items() if value is not None}

    def as_json(self) -> dict[str, Any]:
        """The result as ``--format json`` shows it."""
        return {"run": self.wish.test.run, "budget": {key: value for key, value in asdict(self.wish.budget).items()
                                                      if key != "run" and value is not None},
                "measured": None if self.lacking else {"seconds": self.seconds, "empty": self.empty, "bytes": self.bytes,
                                                       "requests": self.requests, "code": self.code},
                "skipped": self.lacking or None, "faults": list(self.faults)}


def _milli(seconds: float) -> int:
    return round(seconds * 1000)


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds:.3f} s"      # where the hundredths say little


def _sizes(one: int, other: int) -> tuple[str, str]:
    """Two sizes as people read them, or exact where they would look the same."""
    alike = human_size(one) == human_size(other)
    return (f"{one:,} bytes", f"{other:,} bytes") if alike else (human_size(one), human_size(other))
