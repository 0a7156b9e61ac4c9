"""The linter: which files, what the rules say about them, what is silenced, and what remains."""

from certify.lint.judge import lint_file, lint_recipe, refused

__all__ = ["lint_file", "lint_recipe", "refused"]
