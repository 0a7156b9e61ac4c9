"""The same key stands twice in one mapping.

Most readers of YAML keep the last one in silence, so half of what the file says would be lost, and a
reviewer who reads the first sees something that is not built.

Bad::

    env:
      OMP_PROC_BIND: close
    env:
      PATH: /opt/tool/bin:/usr/bin:/bin

Good::

    env:
      OMP_PROC_BIND: close
      PATH: /opt/tool/bin:/usr/bin:/bin
"""

from certify.finding import Severity

CODE = "SCH002"
NAME = "duplicate-key"
SEVERITY = Severity.ERROR
