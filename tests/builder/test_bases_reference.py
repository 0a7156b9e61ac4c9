"""References to images, and the policy on where they may come from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.bases import reference
from builder.bases.reference import Local, Remote
from builder.errors import Error, Fault
from builder.outside import Outside

HEX = "0123456789abcdef" * 4
AT = f"@sha256:{HEX}"


@pytest.mark.parametrize(("text", "host", "name"), [
    ("registry.example.org/lab/base", "registry.example.org", "lab/base"),
    ("registry.example.org/lab/base:1.0-2", "registry.example.org", "lab/base"),
    ("Registry.Example.ORG:5000/base", "registry.example.org:5000", "base"),
    ("localhost/base", "localhost", "base"), ("localhost:5000/base:x", "localhost:5000", "base"),
    ("[::1]:5000/base", "[::1]:5000", "base"), ("127.0.0.1:5000/a/b__c/d-e.f", "127.0.0.1:5000", "a/b__c/d-e.f"),
    ("debian", "docker.io", "library/debian"), ("debian:12", "docker.io", "library/debian"),
    ("lab/base:12", "docker.io", "lab/base"), ("docker.io/debian", "docker.io", "library/debian"),
    ("index.docker.io/lab/base", "docker.io", "lab/base")])
def test_an_image_of_a_registry(text, host, name):
    assert reference.parse(text + AT) == Remote(host=host, name=name, digest=HEX)


@pytest.mark.parametrize("layout", ["site-base", "images/base", "a b", "x:1"])
def test_an_image_of_a_layout(layout):
    assert reference.parse(f"oci:{layout}{AT}") == Local(layout=layout, digest=HEX)


@pytest.mark.parametrize("text", [
    "debian", "debian:12", f"{AT}", f"oci:{AT}", f"debian@sha256:{HEX[1:]}", f"debian@sha256:{HEX.upper()}",
    f"debian@sha512:{HEX}", f"debian{AT}\n", f"-debian{AT}", f"--help/x{AT}", f"docker://debian{AT}", f"a//b{AT}", f"/a{AT}",
    f"a/{AT}", f"a.b/C{AT}",
    f"a.b/../c{AT}", f"a.b:x/c{AT}", f"a.b/c:{AT}", f"a.b/c:-x{AT}", f"a b{AT}", f"Lab/base{AT}", f"{'a' * 2000}{AT}",
    f"a@b/c{AT}"])
def test_what_is_none_is_a_fault(text):
    with pytest.raises(Fault) as caught:
        reference.parse(text)
    assert caught.value.hint


@given(st.text(alphabet="aB0.-_/:@[]", max_size=40))
def test_no_reference_begins_like_an_option_or_climbs(text):
    try:
        found = reference.parse(text + AT)
    except Fault:
        return
    if isinstance(found, Remote):
        assert found.at(HEX) == f"docker://{found.host}/{found.name}{AT}"
        assert reference.parse(found.at(HEX).removeprefix("docker://")) == found
        assert ".." not in found.name.split("/")


@pytest.mark.parametrize(("allowed", "fine"), [
    ((), True), (("registry.example.org",), True), (("REGISTRY.example.org",), True), (("registry.example.org/lab",), True),
    (("registry.example.org/lab/",), True), (("registry.example.org/lab/base",), True),
    (("docker.io", "registry.example.org"), True),
    (("docker.io",), False), (("registry.example.org:5000",), False), (("registry.example.org/la",), False),
    (("registry.example.org/lab/base/x",), False), (("example.org",), False)])
def test_the_policy_names_hosts_and_paths_in_whole_parts(allowed, fine):
    wanted = Remote(host="registry.example.org", name="lab/base", digest=HEX)
    if fine:
        reference.check(wanted, Outside(registries=allowed))
        return
    with pytest.raises(Fault) as caught:
        reference.check(wanted, Outside(registries=allowed))
    assert all(one in caught.value.message for one in allowed)


def test_a_layout_is_the_sites_by_name_or_the_recipes_by_path(tmp_path):
    recipe, site = tmp_path / "recipe", tmp_path / "site"
    for path in (recipe / "base", site):
        path.mkdir(parents=True)
    outside = Outside(layouts={"base": site, "away": tmp_path / "missing"})
    assert reference.layout(Local(layout="base", digest=HEX), recipe, outside) == site
    assert reference.layout(Local(layout="base", digest=HEX), recipe, Outside()) == recipe / "base"
    with pytest.raises(Error) as caught:
        reference.layout(Local(layout="away", digest=HEX), recipe, outside)
    assert caught.value.exit_code == 3
    (recipe / "link").symlink_to(site)
    for name in ("link", "link/x", "../site", str(site), "base/../../site", "missing"):
        with pytest.raises(Fault):
            reference.layout(Local(layout=name, digest=HEX), recipe, Outside())
