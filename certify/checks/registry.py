"""All checks, named one by one, and the way they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from certify.checks import (
    env101_ldpath_config,
    env105_ldpath_startup,
    env106_ldpath_wrapper,
    env107_ldpath_module,
    env109_ldpath_inherited,
    env110_loader_vars,
    env111_site_owned_var,
    env112_env_in_rc_only,
    lnk401_needed_missing,
    lnk402_found_off_path,
    lnk403_dt_rpath_blocks_hookup,
    lnk404_bad_rpath,
    lnk405_ldcache_stale,
    lnk406_ldconf_no_include,
    lnk407_mpi_abi,
    lnk408_mpi_static,
    lnk409_gpu_driver_in_image,
    lnk410_glibc_arch,
    lnk411_exec_stack_or_textrel,
    lnk412_banned_linked,
    lnk413_host_library_unmet,
    lnk414_host_library_unproven,
    met801_labels,
    prm301_root_only_file,
    prm302_root_only_folder,
    prm304_setuid,
    prm305_file_capabilities,
    prm306_needs_root_tool,
    pth201_runtime_owned,
    pth202_site_mounted,
    pth203_etc_replaced,
    pth204_etc_file_limit,
    pth205_name_filtered,
    pth206_dotdot_name,
    pth208_symlink_leaves_image,
    pth209_special_node,
    pth210_mountpoint_missing,
    pth211_writes_to_image,
    sec601_secret_in_env,
    sec602_secret_in_image,
    siz701_left_overs,
    siz702_budget,
)
from certify.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site


class Check(Protocol):
    """A check is a module: its docstring is its documentation."""

    CODE: str
    NAME: str
    SEVERITY: Severity
    HELP: str

    def check(self, image: ImageTree, site: Site) -> Iterator[Hit]:
        """Yield what is wrong."""


CHECKS: Final[tuple[Check, ...]] = (
    env101_ldpath_config,
    env105_ldpath_startup,
    env106_ldpath_wrapper,
    env107_ldpath_module,
    env109_ldpath_inherited,
    env110_loader_vars,
    env111_site_owned_var,
    env112_env_in_rc_only,
    pth201_runtime_owned,
    pth202_site_mounted,
    pth203_etc_replaced,
    pth204_etc_file_limit,
    pth205_name_filtered,
    pth206_dotdot_name,
    pth208_symlink_leaves_image,
    pth209_special_node,
    pth210_mountpoint_missing,
    pth211_writes_to_image,
    lnk401_needed_missing,
    lnk402_found_off_path,
    lnk403_dt_rpath_blocks_hookup,
    lnk404_bad_rpath,
    lnk405_ldcache_stale,
    lnk406_ldconf_no_include,
    lnk407_mpi_abi,
    lnk408_mpi_static,
    lnk409_gpu_driver_in_image,
    lnk410_glibc_arch,
    lnk411_exec_stack_or_textrel,
    lnk412_banned_linked,
    lnk413_host_library_unmet,
    lnk414_host_library_unproven,
    prm301_root_only_file,
    prm302_root_only_folder,
    prm304_setuid,
    prm305_file_capabilities,
    prm306_needs_root_tool,
    sec601_secret_in_env,
    sec602_secret_in_image,
    siz701_left_overs,
    siz702_budget,
    met801_labels,
)


def run(image: ImageTree, site: Site) -> Iterator[Finding]:
    """Every finding of every check."""
    for module in CHECKS:
        for hit in module.check(image, site):
            yield Finding(code=module.CODE, name=module.NAME, severity=hit.severity or module.SEVERITY,
                          message=hit.message, help=module.HELP, path=hit.path)
