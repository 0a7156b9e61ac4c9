"""The order of the environment: host, image, modules, site; what is stripped; and where each value comes from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.sandbox import environment
from certify.sandbox.environment import Changes, compose


def values(host, *layers, login=None):
    return {name: one.value for name, one in compose(host, layers, login=login or {}).items()}


@pytest.mark.parametrize(("host", "image", "site", "value"), [
    ("h", None, None, "h"), ("h", "i", None, "i"), ("h", "i", "s", "s"), ("h", None, "s", "s"), (None, "i", None, "i"),
    ("h", "", None, "h"), (None, "", None, None), ("h", "", "s", "s"), ("", None, None, ""), ("h", "i", "", "i")])
def test_the_site_goes_over_the_image_and_the_image_over_the_host(host, image, site, value):
    layers = [{} if layer is None else {"X": layer} for layer in (host, image, site)]
    assert values(layers[0], *(Changes(who="", set=layer) for layer in layers[1:])).get("X") == value


@pytest.mark.parametrize(("name", "passes"), [
    ("LD_LIBRARY_PATH", False), ("LD_PRELOAD", False), ("LD_", False), ("LD_A\nB", False), ("TMPDIR", False), ("TMPDIR2", True),
    ("OLD_X", True), ("LDFLAGS", True), ("ld_x", True), ("GCONV_PATH", False), ("GLIBC_TUNABLES", False), ("LOCPATH", False),
    ("MALLOC_CHECK_", False), ("MALLOC_ARENA_MAX", True), ("TZDIR", False), ("TZ", True), ("PYTHONPATH", True), ("TMP", True)])
def test_what_the_loader_strips_from_a_setuid_program_never_enters(name, passes):
    assert (name in values({name: "x"})) is passes
    assert (name in environment.missing([name])) is not passes
    assert values({name: "x"}, Changes(who="the image", set={name: "image"}))[name] == "image"


def test_an_empty_value_in_an_image_does_not_let_a_stripped_one_through():
    assert values({"LD_PRELOAD": "x"}, Changes(who="the image", set={"LD_PRELOAD": ""})) == {}


def test_home_and_user_are_the_callers_own_where_the_host_says_nothing():
    login = {"HOME": "/home/ada", "USER": "ada"}
    assert values({}, login=login) == login
    assert values({"HOME": "/elsewhere"}, login=login) == {"HOME": "/elsewhere", "USER": "ada"}
    assert values({"HOME": "/elsewhere"}, Changes(who="the image", set={"HOME": "/opt"}), login=login)["HOME"] == "/opt"


@pytest.mark.parametrize(("host", "changes", "value"), [
    ("h", {"append": {"X": "a"}}, "h:a"), ("h", {"prepend": {"X": "a"}}, "a:h"), (None, {"append": {"X": "a"}}, "a"),
    (None, {"prepend": {"X": "a"}}, "a"), ("", {"append": {"X": "a"}}, "a"), ("", {"prepend": {"X": "a"}}, "a"),
    ("h", {"append": {"X": ""}}, "h"), ("h", {"unset": ("X",)}, None), (None, {"unset": ("X",)}, None),
    ("h", {"set": {"X": "s"}, "append": {"X": "a"}, "prepend": {"X": "p"}}, "p:s:a"),
    ("h", {"set": {"X": "s"}, "prepend": {"X": "p"}, "unset": ("X",)}, None)])
def test_a_layer_sets_appends_prepends_and_unsets_in_this_order(host, changes, value):
    assert values({} if host is None else {"X": host}, Changes(who="", **changes)).get("X") == value


def test_image_value_plus_module_gives_module_then_image():
    image = Changes(who="the image", set={"LD_LIBRARY_PATH": "/opt/own/lib"})
    module = Changes(who="the site's module mpich", prepend={"LD_LIBRARY_PATH": "/opt/udiImage/modules/mpich/lib64"})
    found = compose({"LD_LIBRARY_PATH": "/host"}, (image, module), login={})["LD_LIBRARY_PATH"]
    assert found.value == "/opt/udiImage/modules/mpich/lib64:/opt/own/lib"
    assert found.why == "prepended by the site's module mpich to what was set by the image"


@pytest.mark.parametrize(("host", "layers", "why"), [
    ({"X": "1"}, (), "of the caller's environment"),
    ({}, (("the image", "2"),), "set by the image"),
    ({"X": "1"}, (("the image", "2"),), "set by the image, over what was of the caller's environment"),
    ({"X": "1"}, (("the image", ""),), "of the caller's environment"),
    ({}, (("the image", "2"), ("the site", "3")), "set by the site, over what was set by the image")])
def test_each_value_says_where_it_comes_from(host, layers, why):
    found = compose(host, [Changes(who=who, set={"X": value}) for who, value in layers], login={})
    assert found["X"].why == why


NAMES, WORDS = st.sampled_from(["A", "B", "LD_X", "TMPDIR"]), st.sampled_from(["", "1", "2", "3"])
VARIABLES = st.dictionaries(NAMES, WORDS)
LAYERS = st.lists(st.builds(Changes, who=st.just("x"), set=VARIABLES, append=VARIABLES, prepend=VARIABLES,
                            unset=st.lists(NAMES, max_size=2).map(tuple)), max_size=4)


@given(VARIABLES, st.lists(VARIABLES, max_size=4))
def test_every_variable_has_the_value_of_the_last_layer_that_says_something(host, layers):
    found = values(host, *(Changes(who="", set=layer) for layer in layers))
    for name in ("A", "B", "LD_X", "TMPDIR"):
        stripped = name == "TMPDIR" or name.startswith("LD_")
        said = [None if stripped else host.get(name), *(layer.get(name) or None for layer in layers)]
        wanted = [value for value in said if value is not None]
        assert found.get(name) == (wanted[-1] if wanted else None)


@given(VARIABLES, LAYERS)
def test_no_layer_makes_an_empty_value_and_none_changes_what_it_does_not_name(host, layers):
    found = values(host, *layers)
    named = {name for layer in layers for name in (*layer.set, *layer.append, *layer.prepend, *layer.unset)}
    assert {name for name, value in found.items() if not value} <= {name for name, value in host.items() if not value}
    assert {name: found.get(name) for name in {*host} - named} == {
        name: None if name in environment.missing(host) else host[name] for name in {*host} - named}


@given(VARIABLES, LAYERS)
def test_layers_one_after_the_other_are_the_same_as_all_at_once(host, layers):
    """Of the stripping only the first time counts, so names that are stripped are left out."""
    host = {name: value for name, value in host.items() if name in ("A", "B")}
    once = compose(host, layers, login={})
    plain = {name: one.value for name, one in once.items()}
    stepwise = host
    for layer in layers:
        stripped = {name: value for name, value in stepwise.items() if name not in ("A", "B")}
        first = Changes(who="x", set=stripped)
        stepwise = values({name: value for name, value in stepwise.items() if name in ("A", "B")}, first, layer)
    assert plain == stepwise
