"""What a node of the tree says is there for as long as the tree is: the parser's time is over by then."""

from __future__ import annotations

import subprocess
import sys

CODE = """\
import time
from certify.shell import flow, parse

text = "make install > /opt/log 2>&1\\n" * 200
deadline = time.thread_time() + 0.2
root = parse._parse_bounded(text.encode(), deadline)
while time.thread_time() <= deadline:
    pass
statement = root.children[0]
print(statement.text.decode(), [flow._is_output(child) for child in statement.children if child.type == "file_redirect"])
"""


def test_it_can_be_read_after_the_parsers_time():
    """It was asked for without end: nothing is all that came, as if the time for parsing were over."""
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("make install > /opt/log 2>&1 [True, False]\n", "")
