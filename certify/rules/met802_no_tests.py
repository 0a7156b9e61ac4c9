"""A recipe that tests nothing.

A certificate says that the image works, and only tests can show it. ``true`` shows nothing, and neither does
asking a program of the base for its version, or a command that may fail (``|| true``); start what the recipe
installs, and let it compute something small whose answer is known.

It weighs as a warning here: an image without tests can be built and tried out. The profile of a site raises it
to an error where images are certified for others.

Bad::

    tests:
      - run: "true"

Good::

    tests:
      - run: test "$(python3 -c 'print(6 * 7)')" = 42
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.recipe.model import Expect
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "MET802"
NAME = "no-tests"
SEVERITY = Severity.WARNING

HELP = "add tests: they run on the finished image, as an ordinary user; see certify explain MET802"

# What is in every base, so that its version tells nothing about the recipe.
_BASE = (r"(?:/(?:usr/)?bin/)?(?:bash|sh|dash|ls|cat|cp|mv|env|sed|grep|tar|gzip|perl|dpkg|apt|apt-get|ldd|find|date|uname"
         r"|id|head|tail|awk|sort)")
_NOTHING = rf"true|:|/bin/true|exit(?:[ ]+0)?|echo\b[^;&|$`\n]*|{_BASE}[ ]+--?[vV](?:ersion)?|uname(?:[ ]+-\w)?|date|pwd|ls"
_NEVER_FAILS = pattern(r"[^|&;\n]*\|\|[ ]*(?:true|:)\s*")
_COMMENT = pattern(r"(?m)(?:^|(?<=\s))#.*$")
_DIVIDER = pattern(r"[;\n]|&&")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look for one test that can fail for a reason in the recipe."""
    if subject.recipe is None:
        return
    tests = [script for script in subject.scripts if script.kind == "test"]
    if not tests:
        yield Hit(route=("name",), message="the recipe has no tests", help=HELP)
    elif all(_shows_nothing(test) or _may_fail(test, own.expect) for test, own in zip(tests, subject.recipe.tests, strict=True)):
        yield Hit(route=tests[0].route, message="no test can fail for a reason in the recipe", help=HELP)


def _may_fail(test: Script, expect: Expect) -> bool:
    """Whether nothing is asked of a command but that it was started."""
    return expect.output is None and expect.text is None and _NEVER_FAILS.fullmatch(test.text) is not None


def _shows_nothing(test: Script) -> bool:
    parts = (part.strip() for part in _DIVIDER.split(_COMMENT.sub("", test.text)))
    return all(not part or re.fullmatch(_NOTHING, part) is not None for part in parts)
