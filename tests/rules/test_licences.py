"""SPDX expressions: what is one, what is meant where it is none, and that a recipe and a label are judged alike."""

from __future__ import annotations

import subprocess
import sys

import pytest

from certify.rules.licences import wrong

RIGHT = ["MIT", "mit", "Apache-2.0", "GPL-3.0-only", "GPL-3.0", "GPL-2.0+", "LGPL-2.1-or-later", "MIT AND (BSD-3-Clause OR Apache-2.0)",
         "GPL-2.0-or-later WITH Classpath-exception-2.0", "Apache-2.0 WITH LLVM-exception", "LicenseRef-proprietary", "NCSA", "CECILL-2.1",
         "DocumentRef-a:LicenseRef-b AND MIT", "NOASSERTION", "BSD-3-Clause-LBNL", "0BSD"]
WRONG = {
    "GPLv3": "GPL-3.0-only", "GPL-3": "GPL-3.0-only", "GPLv3+": "GPL-3.0-or-later", "GNU GPL v3 or later": "GPL-3.0-or-later",
    "LGPLv2.1": "LGPL-2.1-only", "Apache 2.0": "Apache-2.0", "Apache": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0",
    "proprietary": "LicenseRef-proprietary", "BSD": "BSD-3-Clause", "BSD 3-Clause": "BSD-3-Clause", "MIT License": "MIT",
    "MIT AND GPLv2": "GPL-2.0-only", "see the file": None, "MIT, BSD": None, "": None, "MIT OR Foo-1": None, "MIT WITH foo": None,
    "()" * 5000: None, "a " * 5000: None,
}


@pytest.mark.parametrize("text", RIGHT)
def test_an_expression_is_fine(text):
    assert wrong(text) is None


@pytest.mark.parametrize(("text", "meant"), WRONG.items(), ids=lambda one: str(one)[:20])
def test_what_is_none_is_told_with_what_is_meant(text, meant):
    found = wrong(text)
    assert found is not None and "spdx.org" in found.advice
    assert found.advice.startswith(f"did you mean {meant}?") if meant else "did you mean" not in found.advice


@pytest.mark.parametrize("text", ["GPLv3", "Apache 2.0", "proprietary", "BSD", "MIT AND GPLv2"])
def test_a_recipe_and_a_label_are_told_alike(text, lint):
    [one] = [one for one in lint(f'license: "{text}"\n') if one.code == "MET801"]
    labels = f'FROM scratch\nLABEL org.opencontainers.image.licenses="{text}"\n'
    other, *_ = [one for one in lint(labels) if one.code == "MET801" and one.severity == "warning"]
    assert (one.severity, one.help) == (other.severity, other.help) == ("warning", wrong(text).advice)
    assert one.span.column == 10


@pytest.mark.parametrize("text", ["MIT", "MIT AND NCSA", "LicenseRef-own"])
def test_a_recipe_with_an_expression_is_quiet(text, found):
    assert found("MET801", f"license: {text}\n") == []


def test_a_recipe_without_a_license_is_told_that_alone(lint, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("schema: 1\nname: x\n")
    from certify.lint import lint_file
    from certify.site import load

    assert {one.code for one in lint_file(path, load())} == {"SCH004"}


@pytest.mark.parametrize(("text", "loaded"), [("MIT AND BSD-3-Clause", "False"), ("NCSA", "True")])
def test_the_list_is_loaded_where_it_is_needed(text, loaded):
    code = f"import sys\nfrom certify.rules.licences import wrong\nwrong({text!r})\nprint('packaging.licenses' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == loaded
