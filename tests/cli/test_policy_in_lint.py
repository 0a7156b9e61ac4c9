"""What a site's policy makes of findings in recipes: in lint, in ship, and in the page of a rule."""

from __future__ import annotations

import json

import pytest

NATIVE = "stages: {b: {steps: [{run: gcc -march=native b.c}]}}\nsteps: [{run: gcc -march=native x.c}]\n"
WAIVER = '[severity]\nPIN505 = "error"\n[[waivers]]\ncode = "PIN505"\nowner = "alice"\nreason = "one node type"\nuntil = '


@pytest.fixture
def weights(certify, tmp_path):
    """What lint, or ship up to lint, makes of the step and of the stage that is not shipped."""
    def judge(policy, *words, check=0, command="lint", **env):
        (tmp_path / "policy.toml").write_text(policy)
        done = certify(command, "r", "--format", "json", *words, check=check, **env)
        if command == "ship":
            return done.stderr
        found = json.loads(done.stdout)["results"]
        return {one["line"]: one["severity"] for one in sorted(found, key=lambda one: one["line"]) if one["code"] == "PIN505"}
    return judge


@pytest.mark.parametrize(("policy", "check", "of_stage", "of_step"), [
    ("", 0, "info", "warning"), ('profile = "production"', 1, "warning", "error"), ('profile = "min"', 0, "info", "warning"),
    ('[severity]\nPIN = "error"', 1, "warning", "error"), ('[severity]\nPIN505 = "info"', 0, "info", "info")])
def test_lint_weighs_as_the_policy_says(recipe, weights, tmp_path, policy, check, of_stage, of_step):
    recipe(NATIVE)
    assert list(weights(policy, "--policy", "policy.toml", check=check).values()) == [of_stage, of_step]
    assert list(weights(policy, check=check, CERTIFY_POLICY="policy.toml").values()) == [of_stage, of_step]
    told = weights(policy, "--policy", "policy.toml", "--until", "lint", command="ship", check=check)
    assert ("not built: the recipe has errors" in told) == bool(check)


def test_a_policy_stands_over_what_the_repository_says(recipe, weights, tmp_path):
    recipe(NATIVE)
    (tmp_path / "certify.toml").write_text('[lint]\nprofile = "production"\n[lint.severity]\nPIN505 = "info"\n')
    assert list(weights("").values()) == ["info", "info"]
    assert list(weights('[severity]\nPIN = "error"', "--policy", "policy.toml", check=1).values()) == ["warning", "error"]
    assert list(weights("", "--policy", "policy.toml").values()) == ["info", "warning"]
    assert list(weights("", "--policy", "policy.toml", "--profile", "production", check=1).values()) == ["warning", "error"]


def test_without_an_option_the_environment_counts_too(recipe, certify, tmp_path):
    recipe(NATIVE)
    (tmp_path / "policy.toml").write_text('profile = "production"')
    assert "[error: " not in certify("lint", "r").stdout
    certify("lint", "r", check=1, CERTIFY_POLICY="policy.toml")


@pytest.mark.parametrize(("policy", "said"), [
    ('profile = "best"', "one of: min, shared, production"), ('[severity]\nPIN505 = "fatal"', "one of: error, warning, info"),
    ('[severity]\nPIN550 = "error"', "no rule or check has this code"), ('[severity]\nPIN505 = 3', "3 is not known")])
def test_a_policy_that_says_nonsense(recipe, certify, tmp_path, policy, said):
    recipe(NATIVE)
    (tmp_path / "policy.toml").write_text(policy)
    assert said in certify("lint", "--policy", "policy.toml", "r", check=3).stderr
    assert said in certify("ship", "--policy", "policy.toml", "--until", "lint", "r", check=3).stderr


def test_a_waiver_permits_what_the_certificate_will_show_and_nothing_else(recipe, weights):
    """The image is looked at for ENV101, too, and its certificate shows the waiver; nothing would ever show one for PIN505."""
    words, permitted = ("--policy", "policy.toml", "--until", "lint"), WAIVER.replace("PIN505", "ENV101") + "2999-01-01"
    recipe("env: {LD_LIBRARY_PATH: /opt/x}\n")
    assert "ENV101 permitted until 2999-01-01 (alice: one node type)" in weights(permitted, *words, command="ship")
    assert "permitted" not in weights(permitted.replace("2999", "2020"), *words, command="ship", check=1)
    other = permitted.replace("code", 'image = "another"\ncode')
    assert "permitted" not in weights(other, *words, command="ship", check=1)
    recipe(NATIVE)
    assert "permitted" not in weights(WAIVER + "2999-01-01", *words, command="ship", check=1)
    assert list(weights(WAIVER + "2999-01-01", "--policy", "policy.toml", check=1).values()) == ["warning", "error"]


def test_the_page_of_a_rule_tells_its_weight_by_profile(certify):
    assert certify("explain", "PIN505").stdout.startswith("PIN505 host-tuned (warning, error for production, on recipes")
    assert certify("explain", "PIN504").stdout.startswith("PIN504 moving-ref (error, warning for min, on recipes")
