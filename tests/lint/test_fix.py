"""Mending: what is safe, nothing else, and every other byte stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.fix import mend
from certify.lint.judge import judge
from certify.lint.target import Kind
from certify.site import load
from tests.texts import HEAD


def mended(data: str | bytes, name="recipe.yaml", tmp_path=None):
    from pathlib import Path

    raw = data if isinstance(data, bytes) else data.encode()
    kind = Kind.RECIPE if name.endswith("yaml") else Kind.CONTAINERFILE
    return mend(raw, name, lambda now: judge(now, Path(name), kind, load()))


PAIRS = [
    ('version: "1.0"', "version:   1.10   # a word", 'version:   "1.10"   # a word'),
    ("license: MIT", "license:  0x10", "license:  0x10"),
    ("summary: An example", "summary: true", 'summary: "true"'),
    ("tests: [{run: tool --version}]", "tests: [{run: tool --version},   {name: 7, run: true}]",
     'tests: [{run: tool --version},   {name: "7", run: "true"}]'),
]


@pytest.mark.parametrize(("old", "new", "wanted"), PAIRS)
@pytest.mark.parametrize(("newline", "start"), [("\n", ""), ("\r\n", "\ufeff")])
def test_unquoted_scalars_get_their_quotes_and_all_else_stays(old, new, wanted, newline, start):
    layout = "# kept: # all\n\n" + HEAD + "env:    {A:   'b' }   # Größe 😀\n\n# the end"
    before, after = ((start + layout.replace(old, one)).replace("\n", newline).encode() for one in (new, wanted))
    assert mended(before) == after
    assert mended(after) == after


@pytest.mark.parametrize(("before", "after"), [
    ("env: {A: b}   # certify: ignore[ENV101] -- x\n", "env: {A: b}\n"),
    ("# certify: ignore[ENV101] -- x\nenv: {A: b}\n", "env: {A: b}\n"),
    ("env: {A: b}  # kept # certify: ignore[ENV101] -- x\n", "env: {A: b}  # kept\n"),
    ("env: {LD_LIBRARY_PATH: /x}  # certify: ignore[ENV101, ENV102] -- x\n",
     "env: {LD_LIBRARY_PATH: /x}  # certify: ignore[ENV101] -- x\n"),
    ("env: {LD_LIBRARY_PATH: /x}  # certify: ignore[ENV102,ENV101, until=2999-01-01] -- x\n",
     "env: {LD_LIBRARY_PATH: /x}  # certify: ignore[ENV101, until=2999-01-01] -- x\n"),
    ("steps:\n  - run: |\n      true\n      # certify: ignore[ENV102] -- x\n      make  # certify: ignore[PTH201] -- x\n",
     "steps:\n  - run: |\n      true\n      make\n"),
])
def test_unused_suppressions_go_and_used_ones_stay(before, after):
    assert mended(HEAD + before).decode() == HEAD + after
    assert mended(HEAD + after).decode() == HEAD + after


LIBRARY = "steps:\n  - name: one\n    run: |\n      {}echo /opt/x/lib > /etc/ld.so.conf.d/x.conf\n{}    env: {{A: b}}  # kept\n"


@pytest.mark.parametrize(("before", "after"), [
    (LIBRARY.format("", ""), LIBRARY.format("", "      ldconfig\n")),
    (LIBRARY.format("if true; then\n          ", "      fi\n\n\n    # a word\n"),
     LIBRARY.format("if true; then\n          ", "      fi\n      ldconfig\n\n\n    # a word\n")),
    ("steps:\n- run: |\n    echo /opt/x/lib > /etc/ld.so.conf.d/x.conf",
     "steps:\n- run: |\n    echo /opt/x/lib > /etc/ld.so.conf.d/x.conf\n    ldconfig\n"),
    *[(same, same) for same in ("steps:\n- run: |\n    echo /x > /etc/ld.so.conf.d/x.conf && \\\n",
                                "steps:\n- run: echo /opt/x/lib > /etc/ld.so.conf.d/x.conf\n")],
])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_ldconfig_is_run_at_the_end_of_a_block(before, after, newline):
    wanted = (HEAD + after).replace("\n", newline).encode()
    assert mended((HEAD + before).replace("\n", newline)) == wanted
    assert mended(wanted) == wanted


def test_in_a_containerfile():
    before = "FROM debian:12\n# certify: ignore[ENV101] -- x\nRUN make  # certify: ignore[ENV102] -- y\n"
    assert mended(before, "Dockerfile") == b"FROM debian:12\nRUN make\n"


@pytest.mark.parametrize("text", ["version:\n", "version: [1]\n", "env: {LD_LIBRARY_PATH: /x}\n",
                                  "env: {A: b}  # certify: ignore[ENV101]\n", "stpes: []\n"])
def test_what_is_not_safe_is_left_alone(text):
    data = (HEAD.replace('version: "1.0"\n', "") if text.startswith("version") else HEAD) + text
    assert mended(data) == data.encode()


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"a: [", b"\0"])
def test_what_is_no_text_is_left_alone(data):
    assert mended(data) == data


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["1.10", "true", "3", "x", '"1"', "~", ".5"]), st.text(alphabet="a #'\"é😀\t:", max_size=12),
       st.booleans())
def test_mending_twice_is_mending_once_and_only_quotes_are_new(value, comment, windows):
    text = HEAD.replace('"1.0"', f"{value}  # {comment}") + "# certify: ignore[ENV102] -- x\nenv: {A: b}\n"
    data = (text.replace("\n", "\r\n") if windows else text).encode()
    once = mended(data)
    assert mended(once) == once
    gone = once.replace(f'"{value}"'.encode(), value.encode(), 1) if not value.startswith('"') else once
    ignored = b"# certify: ignore[ENV102] -- x" + (b"\r\n" if windows else b"\n")
    assert gone in (data, data.replace(ignored, b""))


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path):
    from certify.fix import write

    real, link = tmp_path / "real.yaml", tmp_path / "recipe.yaml"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write(link, b"new")
    assert link.is_symlink() and real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o7777 == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"recipe.yaml", "real.yaml"}
