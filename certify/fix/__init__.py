"""Mending what is safe to mend: edits of a file's text, so that its comments and its layout stay as they are."""

from certify.fix.apply import apply, fixable, mend, write

__all__ = ["apply", "fixable", "mend", "write"]
