"""The rules on recipes, as an explicit list of modules: their docstrings are their documentation.

A *refusal* is what the reader of recipes itself refuses; its module only documents it. A *rule* judges a
recipe that could be read. To add a rule, write a module with the members of ``Rule`` and name it here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from certify.rules import (
    env101_ldpath_env,
    env102_ldpath_step,
    env103_ldpath_prefix,
    env104_ldpath_written,
    env106_ldpath_wrapper,
    env107_ldpath_module,
    env108_ldpath_arg,
    env110_loader_vars,
    env111_site_owned_var,
    env112_env_in_rc_only,
    lnk405_ldcache_stale,
    met801_labels,
    met802_no_tests,
    pin501_base_digest,
    pin502_fetch_checksum,
    pin503_package_version,
    pin504_moving_ref,
    pin505_host_tuned,
    pin506_lock_unfit,
    pin507_fetch_in_step,
    prm303_restrictive_mode_step,
    prm306_needs_root_tool,
    prm307_owner_matters,
    pth201_runtime_owned_path,
    pth202_site_mounted_path,
    pth203_etc_replaced,
    pth207_home_or_tmp_prefix,
    pth211_writes_to_image,
    sch001_invalid_yaml,
    sch002_duplicate_key,
    sch003_alias_or_tag,
    sch004_schema,
    sch005_ambiguous_scalar,
    sch006_template,
    sch007_shell_syntax,
    sch008_bad_suppression,
    sec601_secret_in_env,
    sec602_secret_in_image,
    sec603_insecure_fetch,
    sec604_untrusted_base,
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
    sch008_bad_suppression,
)

RULES: tuple[Rule, ...] = (
    env101_ldpath_env,
    env102_ldpath_step,
    env103_ldpath_prefix,
    env104_ldpath_written,
    env106_ldpath_wrapper,
    env107_ldpath_module,
    env108_ldpath_arg,
    env110_loader_vars,
    env111_site_owned_var,
    env112_env_in_rc_only,
    lnk405_ldcache_stale,
    met801_labels,
    met802_no_tests,
    pin501_base_digest,
    pin502_fetch_checksum,
    pin503_package_version,
    pin504_moving_ref,
    pin505_host_tuned,
    pin506_lock_unfit,
    pin507_fetch_in_step,
    prm303_restrictive_mode_step,
    prm306_needs_root_tool,
    prm307_owner_matters,
    pth201_runtime_owned_path,
    pth202_site_mounted_path,
    pth203_etc_replaced,
    pth207_home_or_tmp_prefix,
    pth211_writes_to_image,
    sch006_template,
    sch007_shell_syntax,
    sec601_secret_in_env,
    sec602_secret_in_image,
    sec603_insecure_fetch,
    sec604_untrusted_base,
)


# These conclude from what is not there: they wait until all of a recipe can be read.
OF_THE_WHOLE = frozenset({lnk405_ldcache_stale.CODE, met801_labels.CODE, met802_no_tests.CODE, pin506_lock_unfit.CODE,
                          prm303_restrictive_mode_step.CODE})


def pages() -> dict[str, Refusal]:
    """Every refusal and rule by its code, in the order of the codes."""
    return {module.CODE: module for module in sorted((*REFUSALS, *RULES), key=lambda module: module.CODE)}
