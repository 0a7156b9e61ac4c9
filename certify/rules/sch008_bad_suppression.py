"""A comment that should silence findings, and does not do so as it must.

Whoever silences a finding says why: ``# certify: ignore[CODE] -- reason``, at the end of a line, on the line above, on
a key (then for all that stands below it), or inside a step's shell text. ``until=2027-01-01`` within the brackets, after
them or at the end of the reason gives it an end. A comment without a reason, with an unknown code, past its end, or with
nothing left to silence is reported: it would hide the next mistake in that place. ``certify lint --fix`` removes what
silences nothing. A comment silences ``lint`` and never the certificate: only a waiver in the site's policy permits an
error there.

Bad::

    env:
      PATH: /opt/tool/bin:/usr/bin:/bin     # certify: ignore[ENV101] -- the vendor's tool wants it

Good::

    steps:
      - run: |
          # certify: ignore[ENV103] -- the vendor's installer starts a program of its own with it
          LD_LIBRARY_PATH=/src/vendor/lib /src/vendor/install --prefix /opt/vendor
    tests:
      - run: /opt/vendor/bin/tool --self-test
"""

from certify.finding import Severity

CODE = "SCH008"
NAME = "bad-suppression"
SEVERITY = Severity.WARNING
