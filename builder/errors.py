"""The one root of all errors, and the few kinds that callers tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from builder.recipe.problem import Problem


class Error(Exception):
    """Something failed that a person can understand and mend.

    ``message`` says what and where, ``hint`` what to do about it. The command line ends with
    exit code 3 for this class and 1 or 2 for the subclasses that say so.
    """

    exit_code = 3

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Fault(Error):
    """The judged thing is at fault: a recipe, a step, a test, an image, a signature."""

    exit_code = 1


class UsageError(Error):
    """The command was called in a way that makes no sense."""

    exit_code = 2


class RecipeError(Fault):
    """A recipe that cannot be read; carries every problem found, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StepFailed(Fault):
    """A build step ended with an error.

    ``where`` is ``file:line`` in the recipe, ``tail`` the last lines of its output, ``log`` the
    path of the whole log.
    """

    def __init__(self, name: str, code: int, *, where: str, tail: str, log: str) -> None:
        super().__init__(f"{where}: step '{name}' failed with exit code {code}", hint=f"the whole log is in {log}")
        self.name, self.code, self.where, self.tail, self.log = name, code, where, tail, log


class ToolMissing(Error):
    """A program that the work needs is not installed."""

    def __init__(self, tool: str, package: str | None = None) -> None:
        super().__init__(
            f"{tool}: not found on PATH",
            hint=f"install it with: apt-get install {package or tool}  (certify doctor lists all)",
        )
        self.tool = tool


class ToolFailed(Error):
    """A program ended with an error; ``tail`` is the end of what it said."""

    def __init__(self, argv: Sequence[str], code: int, tail: str, *, hint: str | None = None) -> None:
        said = tail.strip() or "(it printed nothing)"
        super().__init__(f"{argv[0]} failed with exit code {code}: {said}", hint=hint)
        self.argv, self.code, self.tail = tuple(argv), code, tail
