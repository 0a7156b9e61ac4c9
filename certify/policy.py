"""How much a finding weighs: by the profile of the certificate, and as a site's own configuration says.

``shared`` is what an image for everybody needs, and the severities that the rules themselves name. ``min`` is for
an image of one's own, ``production`` for what others build their results on.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT: Final = "shared"

# Only what differs from the rule's own severity. Codes of rules that a version does not have weigh nothing here.
PROFILES: Final[Mapping[str, Mapping[str, Severity]]] = {
    "min": {
        "MET801": Severity.INFO,        # labels and tests serve others
        "MET802": Severity.INFO,
        "PIN501": Severity.WARNING,     # that it can be built again is not asked for
        "PIN503": Severity.INFO,
        "PIN504": Severity.WARNING,
        "SEC604": Severity.INFO,
    },
    "shared": {},
    "production": {
        "ENV111": Severity.ERROR,
        "MET801": Severity.ERROR,
        "MET802": Severity.ERROR,
        "PIN503": Severity.ERROR,       # next year's build must be this year's
        "PIN505": Severity.ERROR,       # one node type of several is not production
        "PTH211": Severity.ERROR,
        "SEC604": Severity.ERROR,
    },
}


def differing(code: str) -> Mapping[str, Severity]:
    """What a finding of a code weighs in the profiles that do not leave it to its rule, by their names."""
    return {name: table[code] for name, table in PROFILES.items() if code in table}


class Policy(NamedTuple):
    """A profile, and the severities that a configuration sets over it, by code or by the start of one."""

    profile: str = DEFAULT
    overrides: Mapping[str, Severity] = MappingProxyType({})

    def severity(self, code: str, own: Severity) -> Severity:
        """What a finding of a code weighs; ``own`` is what its rule says. The longest override wins."""
        for length in range(len(code), 0, -1) if self.overrides else ():
            if (found := self.overrides.get(code[:length])) is not None:
                return found
        return PROFILES[self.profile].get(code, own)
