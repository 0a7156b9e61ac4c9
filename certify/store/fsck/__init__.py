"""Checking a store: whether all that is in it is what the signed records say, and mending what needs no key."""

from certify.store.fsck.check import Report, check
from certify.store.fsck.mend import mend
from certify.store.fsck.problem import Kind, Problem

__all__ = ["Kind", "Problem", "Report", "check", "mend"]
