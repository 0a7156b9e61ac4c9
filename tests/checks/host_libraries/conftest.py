"""An image with an MPI of its own, for the checks on the site's libraries."""

from __future__ import annotations

from dataclasses import replace

import pytest

from certify.checks import (
    lnk403_dt_rpath_blocks_hookup,
    lnk407_mpi_abi,
    lnk408_mpi_static,
    lnk413_host_library_unmet,
    lnk414_host_library_unproven,
)
from certify.finding import Severity
from tests.host_libraries.made import MPI, libc, library

CHECKS = (lnk403_dt_rpath_blocks_hookup, lnk407_mpi_abi, lnk408_mpi_static, lnk413_host_library_unmet,
          lnk414_host_library_unproven)
LIBC = "/usr/lib/x86_64-linux-gnu/libc.so.6"
OWN = "/opt/mpi/lib/libmpi.so.12"
APP = "/opt/app/bin/app"
ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.fixture
def put(add):
    """An image with a C library and an MPI of its own, and what is put into it."""
    add(LIBC, libc("GLIBC_2.2.5", "GLIBC_2.26", "GLIBC_2.36"), mode=0o755)
    add(OWN, library("libmpi.so.12", "libc.so.6", code=MPI), mode=0o755)
    return lambda path, content: add(path, content, mode=0o755)


@pytest.fixture
def judged(tree, site):
    """The hits of all these checks, as (code, severity, path, message); the recipe names the libraries in ``asked``."""
    def judge(*asked, site=site, **env):
        image = tree(**env)
        image.host_libraries = asked or ("mpich",)
        if asked == (None,):
            image.host_libraries = ()
        return [(module.CODE, hit.severity or module.SEVERITY, hit.path, hit.message) for module in CHECKS
                for hit in module.check(image, site)]
    return judge


def brought(site, how, **more):
    """The site with a runtime that brings mpich in some way."""
    ways = {"shifter": {"folder": "/opt/udiImage/mpi", "how": how}}
    return replace(site, host_libraries={"mpich": {**site.host_libraries["mpich"], **more, "runtimes": ways}})
