"""Checking a store: whether all that is in it is what the signed records say, and mending it."""

from certify.store.fsck.check import Report, check
from certify.store.fsck.mend import mend
from certify.store.fsck.problem import Kind, Problem
from certify.store.fsck.reopen import reopened
from certify.store.fsck.restore import restore

__all__ = ["Kind", "Problem", "Report", "check", "mend", "reopened", "restore"]
