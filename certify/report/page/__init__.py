"""The page of one image: a single HTML file that needs nothing else, for people who want to know what is in it."""

from certify.report.page.document import render
from certify.report.page.seen import Seen

__all__ = ["Seen", "render"]
