"""What a user meets in a terminal: exit codes, clear words, and lint where nothing is installed."""

import pytest


@pytest.mark.parametrize(("text", "line", "code"), [
    ("env: {LD_LIBRARY_PATH: /opt/x}\n", 8, "ENV101"),
    ("steps:\n  - run: |\n      make\n      make install PREFIX=/opt/udiImage/tool\n", 11, "PTH201"),
    ("files: [{from: recipe.yaml, to: /opt/udiImage/x}]\n", 8, "PTH201"),
    ("steps: [{run: ./configure --prefix=/home/app}]\n", 8, "PTH202"),
    ("steps: [{run: export LD_LIBRARY_PATH=/opt/x/lib}]\n", 8, "ENV102"),
])
def test_lint_names_file_line_and_code_without_root_and_with_an_empty_path(certify, text, line, code):
    folder = certify.recipe("faulty", text)
    for command in ("lint", "ship"):
        found = certify(command, folder, env={"PATH": ""}, user=61001 if command == "lint" else None, check=1)
        assert f"{folder}/recipe.yaml:{line}:" in found.stdout
        assert code in found.stdout
        assert "Traceback" not in found.stderr


def test_a_clean_recipe_is_quiet(certify, request):
    done = certify("lint", request.config.rootpath / "recipes", user=61001, env={"PATH": ""}, check=0)
    assert "error" not in done.stdout.replace("no findings", "")


def test_lint_results_are_json(certify):
    import json
    found = certify("lint", certify.recipe("faulty", "env: {LD_LIBRARY_PATH: /opt/x}\n"), "--format", "json", check=1)
    [result] = [one for one in json.loads(found.stdout)["results"] if one["code"] == "ENV101"]
    assert {"code", "name", "severity", "message", "help", "file", "line", "column", "end_line", "end_column"} <= result.keys()


@pytest.mark.parametrize(("words", "code", "said"), [
    (["lint", "nowhere"], 3, "no such recipe"),
    (["ship", "nowhere"], 3, "no such recipe"),
    (["ship"], 2, "RECIPE"),
    (["shipp"], 2, "shipp"),
    (["ship", "recipes", "--until", "later"], 2, "no such step"),
    (["lint", ".", "--site", "moon"], 3, "built in: shifter"),
    (["verify", "Not A Name"], 1, "not a name of an image"),
    (["check", "nothing.squashfs"], 3, "nothing.squashfs"),
    (["key", "generate", "key"], 3, "key"),
])
def test_mistakes_get_a_clear_word_and_the_right_code(certify, words, code, said):
    certify("ship", certify.folder / "nothing")
    (certify.folder / "store").mkdir(exist_ok=True)
    done = certify(*words, check=code)
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("option", "variable"), [
    ("--key", "CERTIFY_KEY"), ("--trust", "CERTIFY_TRUST"), ("--store", "CERTIFY_STORE")])
def test_what_ship_needs_and_does_not_have_is_named(certify, option, variable):
    done = certify("ship", certify.recipe("plain", ""), env={variable: ""}, check=2)
    assert option in done.stderr
    assert variable in done.stderr


def test_a_build_without_root_says_so_before_it_does_anything(certify):
    done = certify("build", certify.recipe("plain", ""), user=61001, check=3)
    assert "needs root" in done.stderr


def test_a_package_that_does_not_exist_is_the_recipes_fault(certify):
    done = certify("build", certify.recipe("missing", "packages: {apt: [no-such-package]}\n"), check=1)
    assert "no-such-package" in done.stderr
    assert "apt-cache search" in done.stderr


def test_doctor_lists_tools_and_tells_how_to_get_what_is_missing(certify, tmp_path):
    done = certify("doctor", check=0)
    for tool in ("buildah", "runc", "mmdebstrap", "mksquashfs", "bwrap", "squashfuse_ll"):
        assert tool in done.stdout
    assert "nothing is missing" in done.stdout
    assert "not root" in certify("doctor", user=61001).stdout


def test_the_schema_is_valid_and_describes_the_recipes(certify, request):
    import json

    import jsonschema
    schema = json.loads(certify("schema", check=0).stdout)
    jsonschema.Draft7Validator.check_schema(schema)


def test_a_site_profile_of_ones_own(certify):
    import json
    shown = json.loads(certify("site", "show", check=0).stdout)
    shown["site_mounts"].append("/opt/site")
    (certify.folder / "site.json").write_text(json.dumps(shown))
    folder = certify.recipe("hidden", "workdir: /opt/site/x\n")
    certify("lint", folder, check=0)
    assert "PTH202" in certify("lint", folder, "--site", certify.folder / "site.json", check=1).stdout
