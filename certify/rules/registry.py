"""The rules on recipes, as an explicit list of modules: their docstrings are their documentation.

A *refusal* is what the reader of recipes itself refuses; its module only documents it. A *rule* judges a
recipe that could be read. To add a rule, write a module with the members of ``Rule`` and name it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from certify.rules import (
    env101_ldpath_env,
    env102_ldpath_step,
    pth201_runtime_owned_path,
    pth202_site_mounted_path,
    sch001_invalid_yaml,
    sch002_duplicate_key,
    sch003_alias_or_tag,
    sch004_schema,
    sch005_ambiguous_scalar,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.finding import Severity
    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site


class Refusal(Protocol):
    """A module about something that the reader of recipes refuses."""

    __doc__: str | None

    @property
    def CODE(self) -> str:  # noqa: N802
        """The stable code, never used again for something else."""

    @property
    def NAME(self) -> str:  # noqa: N802
        """The name in words, for people."""

    @property
    def SEVERITY(self) -> Severity:  # noqa: N802
        """How much a finding of it weighs."""


class Rule(Refusal, Protocol):
    """A module that judges recipes and Containerfiles."""

    def check(self, subject: Subject, site: Site) -> Iterator[Hit]:
        """What the rule has to say about a recipe or a Containerfile for a site."""


REFUSALS: tuple[Refusal, ...] = (
    sch001_invalid_yaml,
    sch002_duplicate_key,
    sch003_alias_or_tag,
    sch004_schema,
    sch005_ambiguous_scalar,
)

RULES: tuple[Rule, ...] = (
    env101_ldpath_env,
    env102_ldpath_step,
    pth201_runtime_owned_path,
    pth202_site_mounted_path,
)


def pages() -> dict[str, Refusal]:
    """Every refusal and rule by its code, in the order of the codes."""
    return {module.CODE: module for module in sorted((*REFUSALS, *RULES), key=lambda module: module.CODE)}
