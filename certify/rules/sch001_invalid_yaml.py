"""A file that is not YAML as a recipe may be written.

That is a fault in its grammar, a second document, text that is not UTF-8, control characters and marks that
change what a reviewer sees, more than 1 MiB or more than 40 levels. A recipe is built by root: nobody
should have to guess what it says.

Bad::

    steps:
      - run: "make install

Good::

    steps:
      - run: make install
"""

from certify.finding import Severity

CODE = "SCH001"
NAME = "invalid-yaml"
SEVERITY = Severity.ERROR
