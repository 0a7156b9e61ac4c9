"""An anchor, an alias or a tag.

They make the file say something else than what stands there, and nine aliases of aliases can fill the
memory of the machine that reads them. Inside quotes and in shell text, ``&`` and ``*`` and ``!`` are common
characters.

Bad::

    steps:
      - run: &build make install
    tests:
      - run: *build

Good::

    steps:
      - run: make install && make check
    tests:
      - run: ls /opt/tool/bin/*
"""

from certify.finding import Severity

CODE = "SCH003"
NAME = "alias-or-tag"
SEVERITY = Severity.ERROR
