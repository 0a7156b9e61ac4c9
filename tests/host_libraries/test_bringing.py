"""By which module of the site, or from which folder of the machine, a host library comes into a sandbox."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builder.errors import Error
from certify import site as sites
from certify.host_libraries import bringing
from certify.host_libraries.decode import decode, plain
from certify.sandbox.environment import Changes, compose

RUNTIMES = ("shifter", "podman-hpc", "charliecloud", "apptainer")
MODULE = "/opt/udiImage/modules/mpich"


def with_way(runtime="shifter", **way):
    """The site of a runtime as it is shipped, but for the way of its one library, and without modules."""
    site = sites.load(runtime)
    mpich = site.host_libraries["mpich"]
    ways = {**mpich["runtimes"], runtime: {**mpich["runtimes"][runtime], **way}}
    return replace(site, host_libraries={"mpich": {**mpich, "runtimes": ways}}, modules={}, default_modules=())


def found(site, name="mpich"):
    return list(bringing.candidates(site.libraries[name], site))


def variable(site, brought, own="/own"):
    """LD_LIBRARY_PATH of a program in an image that sets it."""
    changes = (Changes(who="image", set={"LD_LIBRARY_PATH": own} if own else {}), brought.module.changes,
               Changes(who="site", append=site.environment_append))
    return compose({}, changes, login={})["LD_LIBRARY_PATH"].value


@pytest.mark.parametrize(("runtime", "folder", "with_own", "without"), [
    ("shifter", MODULE, f"{MODULE}:/own", MODULE), ("podman-hpc", MODULE, MODULE, MODULE),
    ("charliecloud", "/mnt", "/mnt:/own", "/mnt"),
    ("apptainer", "/.singularity.d/libs", "/own:/.singularity.d/libs", "/.singularity.d/libs")])
def test_a_source_stands_where_the_runtime_shows_it_and_is_told_to_the_loader(runtime, folder, with_own, without):
    site = with_way(runtime, source="/site/lib")
    [one] = found(site)
    assert (one.at, one.source, one.below, one.within("/x")) == (folder, "/site/lib", "", "/x")
    assert (one.module.sources, one.module.read_only) == ({folder: "/site/lib"}, {folder})
    assert (variable(site, one), variable(site, one, own="")) == (with_own, without)
    assert one.replacing == {name: name for name in ("libmpi.so.12", "libmpicxx.so.12", "libmpifort.so.12")}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_profile_that_says_nothing_of_the_files_brings_nothing(runtime):
    assert found(with_way(runtime)) == []


def test_what_ldconfig_would_have_to_write_cannot_be_shown():
    assert found(with_way("charliecloud", how="ldconfig", source="/site/lib")) == []


def test_the_modules_of_a_cray_bring_its_libraries():
    site = sites.load("cray-example")
    [mpich], [cuda] = found(site, "mpich"), found(site, "cuda")
    assert (mpich.module.name, mpich.at, mpich.source) == ("mpich", MODULE, "/usr/lib/shifter/modules/mpich")
    assert variable(site, mpich) == f"{MODULE}/lib64:{MODULE}/lib64/dep:/own"
    assert mpich.replacing["libmpi.so.12"] == "lib64/libmpi.so.12"
    assert (cuda.module.name, cuda.at, cuda.source) == (
        "gpu", "/opt/udiImage/modules/gpu/lib64", "/usr/lib/shifter/modules/gpu/lib64")


def test_the_module_of_podman_hpc_brings_its_library_and_sets_the_variable_itself():
    site = sites.load("podman-hpc")
    [one] = found(site)
    assert (one.module.name, one.source) == ("mpi", "/usr/lib/shifter/mpich-2.2")
    assert variable(site, one) == f"{MODULE}:{MODULE}/dep"


def test_a_library_deep_in_a_module_and_a_module_that_tells_the_loader_nothing():
    site = replace(with_way(folder=f"{MODULE}-8/lib"), modules={"mpich-8": {"copy_path": "/site/8", "environment": {"A": "b"}}})
    [one] = found(site)
    assert (one.at, one.below, one.source, one.within("/x")) == (f"{MODULE}-8", "lib", "/site/8/lib", "/x/lib")
    assert one.module.changes.set == {"A": "b"}
    assert variable(site, one) == f"{MODULE}-8/lib:/own"


def test_a_users_modules_come_before_others_and_before_a_source():
    modules = {"other": {"mounts": {MODULE: "/other"}}, "mpich": {"copy_path": "/copied"}, "far": {"mounts": {"/far": "/far"}}}
    site = replace(with_way(source="/source"), modules=modules, default_modules=("far", "mpich"))
    assert [one.source for one in found(site)] == ["/copied", "/other", "/source"]


def test_a_folder_beside_the_librarys_is_not_its_own():
    site = replace(with_way(folder=f"{MODULE}-8"), modules={"mpich": {"copy_path": "/copied"}})
    assert found(site) == []


def test_a_source_is_kept_in_the_profile_and_known_again():
    library = with_way(source="/site/lib").libraries["mpich"]
    assert plain(library)["runtimes"]["shifter"] == {"folder": MODULE, "how": "prepend", "source": "/site/lib"}
    assert "source" not in plain(library)["runtimes"]["apptainer"]
    assert decode({"mpich": plain(library)}, "x", "shifter") == {"mpich": library}


@pytest.mark.parametrize("source", ["lib", "", "/a/../b", 3, ["/a"], "/a\0b"])
def test_a_source_is_an_absolute_path(source):
    with pytest.raises(Error, match=r"host_libraries\.mpich\.runtimes\.shifter\.source"):
        _ = with_way(source=source).libraries
