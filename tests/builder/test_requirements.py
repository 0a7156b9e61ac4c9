"""What a hash-locked requirements file may say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.recipe.requirements import Pin, Refused, parse

A, B = "a" * 64, "b" * 64
HASH = f"--hash=sha256:{A}"


def only(text):
    found = list(parse(text))
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(("text", "name", "version"), [
    (f"numpy==1.0 {HASH}", "numpy", "1.0"),
    (f"numpy == 1.0   {HASH}\n", "numpy", "1.0"),
    (f"numpy==1.0 \\\n    {HASH}", "numpy", "1.0"),
    (f"numpy==1.0 \\\n    {HASH} \\\n    --hash=sha256:{B}\n", "numpy", "1.0"),
    (f"numpy==1.0 {HASH}  # via scipy", "numpy", "1.0"),
    (f"# made by pip-compile\n\nnumpy==1.0 \\\n    {HASH}\n    # via\n    #   scipy", "numpy", "1.0"),
    (f"requests[socks,security]==2.0 {HASH}", "requests", "2.0"),
    (f"requests[socks, security]==2.0 {HASH}", "requests", "2.0"),
    (f"tomli==2.0 ; python_version < '3.11' {HASH}", "tomli", "2.0"),
    (f'tomli==2.0; python_version < "3.11" and sys_platform == "linux" \\\n  {HASH}', "tomli", "2.0"),
    (f"a==1!2.0rc1.post2+local-1 {HASH}", "a", "1!2.0rc1.post2+local-1"),
    (f"zope.interface==6.0 {HASH}", "zope.interface", "6.0"),
    (f"\tnumpy==1.0\t{HASH}\r\n", "numpy", "1.0"),
])
def test_an_exact_hashed_requirement_is_taken(text, name, version):
    found = only(text)
    assert isinstance(found, Pin)
    assert (found.name, found.version) == (name, version)


def test_the_text_for_pip_is_one_line_with_single_spaces():
    found = only(f"requests[socks]  ==2.0 ; \\\n  python_version<'4'\t\\\n {HASH}  \\\n  --hash=sha256:{B}  # why\n")
    assert found.text == f"requests[socks] ==2.0 ; python_version<'4' {HASH} --hash=sha256:{B}"


def test_each_requirement_knows_the_line_where_it_starts():
    text = f"# head\na==1 \\\n  {HASH}\n\nb==2 {HASH}\nc==3\n"
    assert [one.line for one in parse(text)] == [2, 5, 6]


@pytest.mark.parametrize("text", [
    f"numpy>=1.0 {HASH}", f"numpy~=1.0 {HASH}", f"numpy==1.* {HASH}", f"numpy {HASH}", f"numpy===1.0 {HASH}",
    "numpy==1.0", "numpy", "numpy==1.0 --hash=md5:" + "0" * 32, "numpy==1.0 --hash=sha1:" + "0" * 40,
    f"numpy==1.0 --hash=sha256:{A[:-1]}", f"numpy==1.0 --hash=sha256:{A}0", f"numpy==1.0 --hash=sha256:{A.upper()}",
    f"numpy==1.0 --hash=md5:0 {HASH}", f"numpy==1.0{HASH}", f"numpy==1.0 {HASH} --no-binary=:all:",
    f"numpy==1.0 --config-settings=x=y {HASH}", f"numpy==${{VERSION}} {HASH}", f"${{NAME}}==1.0 {HASH}",
    f"./numpy-1.0.whl {HASH}", f"/tmp/numpy.whl {HASH}", f"../numpy {HASH}", f"numpy @ file:///tmp/numpy.whl {HASH}",
    f"https://example.org/numpy.whl {HASH}", f"git+https://example.org/numpy {HASH}", f"numpy @ https://e.org/n {HASH}",
    f"numpy==1.0 ; python_version < '${{P}}' {HASH}", f"numpy==1.0 b==2 {HASH}", f"{HASH} numpy==1.0",
    f"nümpy==1.0 {HASH}", f"numpy==１.0 {HASH}", f"-==1 {HASH}", f"a==1 \\\n b==2 {HASH}",
])
def test_everything_else_is_refused(text):
    assert isinstance(only(text), Refused)


@pytest.mark.parametrize("version", [
    "1!2.0", "1.0rc1", "2.0.post1", "1.0.dev3", "1.0+local.1", "1.0a1", "2024.1", "1", "1.0b2", "1.0c3", "1.0.post2.dev1",
    "1.0a1.post2.dev3+x", "1.0.alpha.1", "1.0-beta-2", "1.0_preview_3", "1.0pre4", "1.0.rev5", "1.0-r6", "1.0+zip.1", "1.0+gz7"])
def test_a_version_of_pep_440_is_taken(version):
    found = only(f"numpy=={version} {HASH}")
    assert isinstance(found, Pin)
    assert found.version == version


@pytest.mark.parametrize("before", ["1.0.", "1.0+", "1.0+x.", "1.0+x-", "1.0rc1+1."])
@pytest.mark.parametrize("ending", [
    "zip", "whl", "tar.gz", "tgz", "tar", "tar.bz2", "tbz", "tar.xz", "txz", "tlz", "tar.lz", "tar.lzma"])
def test_a_version_that_pip_could_take_for_a_file_is_refused(before, ending):
    assert isinstance(only(f"numpy=={before}{ending} {HASH}"), Refused)
    assert isinstance(only(f"numpy=={before}{ending} ; python_version < '4' {HASH}"), Refused)


@pytest.mark.parametrize("version", ["x", "v1.0", "1.0.x", "1.0/x", "1..0", "1.0+", "1.0+A", "1.0+x..y",
                                     "!1", "1!", "1.0*", "1.*", "1.0a."])
def test_what_is_no_version_is_refused(version):
    assert isinstance(only(f"numpy=={version} {HASH}"), Refused)


@pytest.mark.parametrize("option", [
    "--index-url https://e.org", "--extra-index-url=https://e.org", "-i https://e.org", "-r other.txt", "-c limits.txt",
    "-e .", "--editable=.", "--find-links /tmp", "--trusted-host e.org", "--pre", "--no-binary :all:"])
def test_options_are_refused_by_name(option):
    assert only(option).message == f"the option {option.split()[0]} is not allowed here"


def test_a_missing_hash_is_told_as_such():
    assert "has no --hash=sha256" in only("numpy==1.0").message


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "   \t\n", "\\\n", "\\"])
def test_nothing_is_nothing(text):
    assert list(parse(text)) == []


def test_an_option_cannot_hide_behind_a_continuation():
    found = list(parse(f"numpy==1.0 {HASH} \\\n--index-url https://e.org\n"))
    assert [type(one) for one in found] == [Refused]


ALPHABET = st.sampled_from(["a", "==", "1", " ", "\t", "\\", "\n", "\r", "#", ";", "[", "]", "-", HASH,
                            "'", "${A}", "\x0b", "\u2028"])


@given(st.one_of(st.text(), st.lists(ALPHABET).map("".join)))
def test_any_text_is_read_and_every_pin_reads_back_as_itself(text):
    for found in parse(text):
        if isinstance(found, Pin):
            again = only(found.text)
            assert (again.name, again.version, again.text) == (found.name, found.version, found.text)
            assert not set(found.text) & set("\n\r\\#$@/{}")


@pytest.mark.parametrize("text", [
    "a==1;" + " " * 5000 + "x", "a==1" + " " * 20000 + "x", "a" * 50000, "a==" + "1" * 50000, "a==1 " + HASH * 500,
    "a==1;" + " (" * 10000, f"a==1 {HASH} " * 500 + "x", "a[" + "b," * 20000,
    *(f"a==1{piece * 10000}! {HASH}" for piece in (".a", "-a-", "rc", "a1", "pre", ".0", "+a.a"))])
def test_a_long_hostile_line_is_refused_at_once(text):
    begin = time.monotonic()
    assert isinstance(only(text), Refused)
    assert time.monotonic() - begin < 1
