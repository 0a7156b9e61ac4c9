"""Something that the format of recipes does not know.

An unknown or missing key, a value of the wrong kind, a path that leaves the recipe's folder. A key with a
typing mistake would otherwise be ignored in silence. The format itself: ``certify schema``.

Bad::

    stpes:
      - run: make install

Good::

    steps:
      - run: make install
"""

from certify.finding import Severity

CODE = "SCH004"
NAME = "schema"
SEVERITY = Severity.ERROR
