"""What can be looked for, and what then counts as found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.errors import UsageError
from certify.packages.wanted import Wanted


@pytest.mark.parametrize(("text", "wanted"), [
    ("openssl", Wanted(name="openssl")),
    ("openssl<3.0.11", Wanted(name="openssl", operator="<", version="3.0.11")),
    (" openssl <= 3.0.11 ", Wanted(name="openssl", operator="<=", version="3.0.11")),
    ("deb:openssl=3.0.11-1~deb12u2", Wanted(kind="deb", name="openssl", operator="=", version="3.0.11-1~deb12u2")),
    ("rpm:openssl>=1:3.0", Wanted(kind="rpm", name="openssl", operator=">=", version="1:3.0")),
    ("pypi:NumPy==2.0", Wanted(kind="python", name="NumPy", operator="==", version="2.0")),
    ("conda:_libgcc_mutex>0.1", Wanted(kind="conda", name="_libgcc_mutex", operator=">", version="0.1")),
    ("libstdc++6>12", Wanted(name="libstdc++6", operator=">", version="12")),
])
def test_how_a_package_is_named(text, wanted):
    assert Wanted.parse(text) == wanted


@pytest.mark.parametrize("text", [
    "", " ", "<1", "a<", "a<<1", "a b", "a<1 2", "apk:a", ":a", "deb:", "deb:Upper", "a!=1", "a~=1", "a<1,<2", "../a", "a\nb",
    "python:a<x y", "python:a<not-a-version", "x" * 1000, "ä", "a<\x1b"], ids=ascii)
def test_what_names_no_package_is_an_error_of_use(text):
    with pytest.raises(UsageError) as caught:
        Wanted.parse(text)
    assert caught.value.hint and caught.value.message.isprintable()


@pytest.mark.parametrize(("text", "kind", "name", "version", "found"), [
    ("openssl", "deb", "openssl", "3.0.11-1", True),
    ("openssl", "deb", "libssl3", "3.0.11-1", False),
    ("deb:openssl", "rpm", "openssl", "3.0.11-1", False),
    ("openssl<3.0.11", "deb", "openssl", "3.0.11~rc1-1", True),
    ("openssl<3.0.11", "deb", "openssl", "3.0.11-1", False),
    ("openssl<=3.0.11", "deb", "openssl", "3.0.11-1", False),          # as dpkg has it: -1 is later than no revision
    ("openssl<3.0.11-1", "deb", "openssl", "3.0.11-1~deb12u2", True),
    ("openssl<=3.0.7", "rpm", "openssl", "3.0.7-2.el9", True),
    ("openssl<3.0.7-2.el9_1", "rpm", "openssl", "3.0.7-2.el9", True),
    ("openssl<3.0.8", "rpm", "openssl", "1:3.0.7-2.el9", False),
    ("openssl<1:3.0.8", "rpm", "openssl", "1:3.0.7-2.el9", True),
    ("foo.bar", "python", "Foo_Bar", "1", True),
    ("foo.bar", "conda", "foo_bar", "1", False),
    ("torch<=2.1", "python", "torch", "2.1+cu118", True),
    ("torch<2.1", "python", "torch", "2.1rc1", True),
    ("torch=2.1", "python", "torch", "2.1.0", True),
    ("torch<2.10", "python", "torch", "2.9", True),
    ("a<1", "python", "a", "not a version", True),                     # before all that are
    ("numpy>=2.0", "conda", "NumPy", "2.0.0", True),
    ("a>1", "deb", "a", "1.0.1", True),
    ("a==1", "deb", "a", "1-0", True),
])
def test_what_is_found(text, kind, name, version, found):
    wanted = Wanted.parse(text)
    assert (wanted.names(kind, name) and wanted.allows(kind, version)) is found


@pytest.mark.parametrize(("text", "version", "hidden"), [
    ("a<3", "1:2", True), ("a<1:3", "1:2", False), ("a", "1:2", False), ("a<3", "2", False), ("a<3", "1!2", True)])
def test_an_epoch_that_nobody_asked_for_is_told(text, version, hidden):
    assert Wanted.parse(text).hides(version) is hidden


@given(st.text(max_size=60))
def test_any_text_is_a_package_or_an_error_of_use(text):
    try:
        wanted = Wanted.parse(text)
    except UsageError:
        return
    for kind in ("deb", "rpm", "python", "conda"):
        assert wanted.names(kind, wanted.name) is (wanted.kind in (None, kind))
        assert wanted.allows(kind, "1.0") in (True, False)
