"""Mending what is safe to mend: edits of a file's text, so that its comments and its layout stay as they are."""

from certify.fix.apply import apply, fixable, mend, mended
from certify.fix.diff import diff
from certify.fix.write import write

__all__ = ["apply", "diff", "fixable", "mend", "mended", "write"]
