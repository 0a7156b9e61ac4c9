"""What a profile says of host libraries: decoded, refused where it is wrong, and the same after a way through JSON."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import Error
from certify import site as sites
from certify.host_libraries.decode import decode, plain
from certify.host_libraries.model import HostLibrary, How, SiteFile, Way, highest, numbered

FILES = {"libmpi.so.12.1": {"soname": "libmpi.so.12", "needed": ["libc.so.6", "libfabric.so.1"], "machine": "x86_64",
                            "versions": {"libc.so.6": ["GLIBC_2.34"], "libfabric.so.1": ["FABRIC_1.5"]}},
         "dep/libfabric.so.1": {"soname": "libfabric.so.1", "needed": ["libc.so.6"], "versions": {"libc.so.6": ["GLIBC_2.14"]}},
         "prov/libplug.so": {"needed": ["libexotic.so.3"], "versions": {"libexotic.so.3": ["EXOTIC_1"]}}}
SHIFTER = {"folder": "/opt/udiImage/modules/mpich", "how": "prepend"}
MPICH = {"summary": "the site's", "replaces": ["libmpi.so.12"], "search": [".", "dep"], "files": FILES,
         "links": {"libmpi.so.12": "libmpi.so.12.1"}, "runtimes": {"shifter": SHIFTER}}


def decoded(**changes):
    return decode({"mpich": {**deepcopy(MPICH), **changes}}, "s", "shifter")["mpich"]


def test_a_library_as_the_profile_describes_it():
    library = decoded()
    assert library.name == "mpich"
    assert library.runtimes == {"shifter": Way(folder="/opt/udiImage/modules/mpich", how=How.PREPEND)}
    assert library.files["libmpi.so.12.1"].versions["libc.so.6"] == ("GLIBC_2.34",)
    assert library.findable == {"libmpi.so.12", "libmpi.so.12.1", "libfabric.so.1"}


def test_what_it_needs_of_an_image_is_without_what_it_brings_and_without_plug_ins():
    library = decoded()
    assert library.reached == ("libmpi.so.12.1", "dep/libfabric.so.1")
    assert library.missing == ("libc.so.6",)
    assert library.versions == {"libc.so.6": ("GLIBC_2.34",)}


def test_the_name_nearest_to_the_top_counts():
    library = HostLibrary(name="x", summary="", replaces=("a",), runtimes={}, files={"deep/a": SiteFile(), "a": SiteFile()})
    assert library.names == {"a": "a"}


@pytest.mark.parametrize(("changes", "said"), [
    ({"replaces": []}, "mpich.replaces"), ({"replaces": ["libmpi.so.40"]}, "libmpi.so.40"),
    ({"replaces": "libmpi"}, "not a list"), ({"replaces": [1]}, "no text"), ({"search": ["dep"]}, "folders of search"),
    ({"files": []}, "mpich.files: it is not an object"), ({"files": {"/abs": {}}}, "/abs is no path below"),
    ({"files": {"../up": {}}}, "../up is no path below"), ({"summary": 3}, "summary"), ({"links": ["a"]}, "mpich.links"),
    ({"files": {"a": {"bits": 16}}}, "files.a.bits"), ({"files": {"a": {"colour": "red"}}}, "colour"),
    ({"files": {"a": {"versions": {"libc.so.6": "GLIBC_2.3"}}}}, "files.a.versions.libc.so.6"), ({"more": 1}, "more"),
    ({"links": {"libmpi.so.12": "nowhere"}}, "leads to nowhere"), ({"runtimes": {}}, "shifter, the site's runtime"),
    ({"runtimes": {"shifter": {"folder": "/x", "how": "by magic"}}}, "runtimes.shifter.how: it is one of prepend, append"),
    ({"runtimes": {"shifter": {"folder": "x", "how": "prepend"}}}, "no absolute path"),
    ({"runtimes": {"shifter": {"folder": "/a:/b", "how": "prepend"}}}, "no absolute path"),
    ({"runtimes": {"shifter": {"how": "prepend"}}}, "shifter.folder"), ({"runtimes": {"shifter": 3}}, "not an object"),
], ids=str)
def test_what_is_wrong_is_told_with_its_place_and_a_way_out(changes, said):
    with pytest.raises(Error) as refused:
        decoded(**changes)
    assert said in refused.value.message
    assert refused.value.message.startswith("site profile s: host_libraries.mpich")
    assert "certify site add-library" in refused.value.hint


@pytest.mark.parametrize("values", [[], "x", {"mpich": 1}, {"mpich": {}}, None], ids=str)
def test_other_shapes_are_refused(values):
    with pytest.raises(Error):
        decode(values, "s", "shifter")


def test_a_site_survives_the_way_to_another_process():
    site = replace(sites.load(), host_libraries={"mpich": MPICH})
    again = sites.from_plain(json.loads(json.dumps(asdict(site))))
    assert again == site
    assert again.libraries == site.libraries


def test_a_profile_with_a_wrong_library_is_refused_when_it_is_read(tmp_path):
    values = {**asdict(sites.load()), "host_libraries": {"mpich": {**MPICH, "replaces": []}}}
    (tmp_path / "site.json").write_text(json.dumps(values))
    with pytest.raises(Error, match=r"host_libraries\.mpich\.replaces"):
        sites.load(str(tmp_path / "site.json"))


def test_what_is_built_in_is_right():
    for name in sites.names():
        site = sites.load(name)
        assert all(library.missing == ("libc.so.6",) for library in site.libraries.values())
    assert set(sites.load().libraries["mpich"].runtimes) == {"shifter", "podman-hpc", "charliecloud", "apptainer"}


NAMES = st.text("ab.-", min_size=1, max_size=4).map("lib{}".format)
TEXTS = st.none() | NAMES
SITE_FILES = st.builds(SiteFile, soname=TEXTS, needed=st.lists(NAMES, max_size=3).map(tuple), rpath=TEXTS, runpath=TEXTS,
                       machine=TEXTS, bits=st.sampled_from([32, 64]),
                       versions=st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=2).map(tuple), max_size=2))


@given(st.dictionaries(NAMES, SITE_FILES, min_size=1, max_size=4), st.sampled_from(How))
def test_a_description_is_the_same_after_it_was_written(files, how):
    library = HostLibrary(name="x", summary="s", replaces=(min(files),), files=files, links={"more": max(files)},
                          runtimes={"shifter": Way(folder="/x", how=how)})
    written = json.loads(json.dumps({"x": plain(library)}))
    assert decode(written, "s", "shifter") == {"x": library}
    assert set(library.reached) <= set(files)


@pytest.mark.parametrize(("version", "parts"), [
    ("GLIBC_2.34", ("GLIBC", (2, 34))), ("GLIBCXX_3.4.29", ("GLIBCXX", (3, 4, 29))), ("GCC_4.2.0", ("GCC", (4, 2, 0))),
    ("GLIBC_ABI_DT_RELR", ("GLIBC_ABI_DT_RELR", ())), ("GLIBC_PRIVATE", ("GLIBC_PRIVATE", ())), ("_1", ("_1", ())),
    ("CXXABI_TM_1", ("CXXABI_TM", (1,))), ("", ("", ())), ("A_2\u0662", ("A_2\u0662", ())), ("A_1..2", ("A_1..2", ())),
    ("A_" + "9" * 10_000, ("A_" + "9" * 10_000, ())),
], ids=lambda value: str(value)[:20])
def test_the_number_of_a_version(version, parts):
    assert numbered(version) == parts


def test_of_each_series_the_highest_counts_by_number_not_by_letters():
    assert highest({"GLIBC_2.4", "GLIBC_2.34", "GLIBC_2.9", "GLIBC_ABI_DT_RELR", "GCC_3.0"}) == (
        "GCC_3.0", "GLIBC_2.34", "GLIBC_ABI_DT_RELR")


@given(st.sets(st.builds("{}_{}.{}".format, st.sampled_from("AB"), st.integers(0, 99), st.integers(0, 99))))
def test_one_version_of_each_series_is_left(versions):
    kept = highest(versions)
    assert set(kept) <= versions
    assert {numbered(one)[0] for one in kept} == {numbered(one)[0] for one in versions}
    assert len({numbered(one)[0] for one in kept}) == len(kept)
