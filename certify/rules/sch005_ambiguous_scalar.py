"""A value without quotes that YAML does not read as text, where text is wanted.

Unquoted, 1.10 is the number 1.1, and the image would get a version that nobody wrote.

Bad::

    version: 1.10

Good::

    version: "1.10"
"""

from certify.finding import Severity

CODE = "SCH005"
NAME = "ambiguous-scalar"
SEVERITY = Severity.ERROR
