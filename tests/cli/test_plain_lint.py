"""``certify lint PATH...`` without an option takes a shorter way than with one, to the same place."""

import subprocess
import sys

import pytest

ENTRY = (sys.executable, "-c", "from certify.cli.main import entry; entry()")
CLEAN = ('schema: 1\nname: a\nversion: "1"\nsummary: a\nlicense: MIT\naccess: public\nbase: {debian: bookworm}\n'
         "tests: [{run: test -e /etc}]\n")


@pytest.mark.parametrize(("text", "code"), [
    (CLEAN, 0), (CLEAN + "env: {LD_LIBRARY_PATH: /opt/x}\n", 1), ("a: [", 1), (None, 3)])
@pytest.mark.parametrize("env", [
    {}, {"GITHUB_ACTIONS": "true"}, {"CERTIFY_SITE": "shifter"}, {"CERTIFY_SITE": "moon"}, {"CERTIFY_SITE": ""}])
def test_both_ways_say_the_same(tmp_path, text, code, env):
    if text is not None:
        (tmp_path / "recipe.yaml").write_text(text)
    results = []
    for words in (["lint", "."], ["lint", "--fail-on", "error", "."]):
        done = subprocess.run([*ENTRY, *words], cwd=tmp_path, env=env, capture_output=True, text=True)
        results.append((done.returncode, done.stdout, done.stderr))
    assert results[0] == results[1]
    if "CERTIFY_SITE" not in env and text is not None:
        assert results[0][0] == code


def test_the_shorter_way_does_not_load_typer(tmp_path):
    (tmp_path / "recipe.yaml").write_text(CLEAN)
    code = ("import sys; sys.argv = ['certify', 'lint', '.']; from certify.cli.main import _code; code = _code(); "
            "sys.exit(code or 'typer' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True).returncode == 0
