"""A file that is not YAML as a recipe may be written, or no Containerfile as builders take it.

In both it is text that is not UTF-8, control characters and marks that change what a reviewer sees, or more than
1 MiB. In a recipe it is a fault in its grammar, a second document, or more than 40 levels. In a Containerfile it is an
unknown instruction or flag, a quote that is never closed, a comment behind an instruction that takes it for an argument,
or a stage that is not there. Such files are built by root: nobody should have to guess what they say.

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
