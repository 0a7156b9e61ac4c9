"""Overlays as far as they can be seen without the right to mount: what is handed to the kernel, and what is refused."""

from __future__ import annotations

import os

import pytest

from builder import overlay
from builder.errors import Error


@pytest.fixture
def asked(monkeypatch):
    """What the kernel would be asked to mount: its options, each path of them as the folder that it leads to."""
    found = []

    def mount(source, target, kind, flags, options):
        words = dict(option.partition("=")[::2] for option in options.split(","))
        led = [os.path.realpath(name) for name in words.pop("lowerdir").split(":")]
        found.append((source, kind, flags, str(target), led, {name: os.path.realpath(value) if name.endswith("dir") else value
                                                              for name, value in words.items() if name != "redirect_dir"}))
        assert words["redirect_dir"] == "off"
        assert len(options) < os.sysconf("SC_PAGE_SIZE")

    monkeypatch.setattr(overlay, "_mount", mount)
    return found


@pytest.fixture
def folders(tmp_path):
    def make(*names):
        for name in names:
            (tmp_path / name).mkdir(parents=True)
        return [tmp_path / name for name in names]
    return make


FIXED = {"index": "off", "metacopy": "off", "xino": "off"}


def test_the_lowest_layer_comes_first_here_and_last_to_the_kernel(asked, folders, tmp_path):
    one, two, three, upper, work = folders("one", "two", "three", "upper", "work")
    overlay.mount([one, two, three], tmp_path / "target", work, upper)
    assert asked == [("overlay", "overlay", 0, str(tmp_path / "target"), [str(three), str(two), str(one)],
                      {**FIXED, "volatile": "", "upperdir": str(upper), "workdir": str(work / "work")})]


def test_without_an_upper_folder_it_is_read_only_and_one_layer_is_enough(asked, folders, tmp_path):
    one, work = folders("one", "work")
    overlay.mount([one], tmp_path / "target", work)
    assert asked == [("overlay", "overlay", 1, str(tmp_path / "target"), [str(one), str(work / "empty")], FIXED)]
    assert list((work / "empty").iterdir()) == []


@pytest.mark.parametrize("name", ["a,b", "a:b", "a\\b", "a b", "lowerdir=/,x", "é\n", "upperdir=/etc,"])
def test_no_name_of_a_folder_is_read_as_an_option(asked, folders, tmp_path, name):
    one, upper, work = folders(f"{name}/one", f"{name}/upper", f"{name}/work")
    overlay.mount([one], tmp_path / "target", work, upper)
    assert asked[0][4:] == ([str(one)], {**FIXED, "volatile": "", "upperdir": str(upper), "workdir": str(work / "work")})


def test_four_hundred_layers_fit_into_what_the_kernel_takes(asked, folders, tmp_path):
    layers = folders(*(f"{number}{'x' * 200}" for number in range(overlay.MAX_LAYERS)))
    overlay.mount(layers, tmp_path / "target", *folders("work", "upper"))
    assert asked[0][4] == [str(layer) for layer in reversed(layers)]


def test_more_layers_are_an_error_that_tells_how_many(asked, folders, tmp_path):
    with pytest.raises(Error, match="401 layers are more than an overlay takes") as caught:
        overlay.mount(folders("one") * 401, tmp_path, *folders("work"))
    assert caught.value.hint
    assert asked == []
    assert list((tmp_path / "work").iterdir()) == []


def test_the_folder_that_the_program_stands_in_stays(asked, folders, tmp_path, monkeypatch):
    here, one, work = folders("here", "one", "work")
    monkeypatch.chdir(here)
    overlay.mount([one], tmp_path / "target", work)
    monkeypatch.setattr(overlay, "_mount", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        overlay.mount([one], tmp_path / "target", *folders("other"))
    assert os.getcwd() == str(here)  # noqa: PTH109


def test_it_is_unmounted_whatever_happens(asked, folders, tmp_path, monkeypatch):
    gone = []
    monkeypatch.setattr(overlay, "unmount", gone.append)
    with pytest.raises(ZeroDivisionError), overlay.mounted(folders("one"), tmp_path, *folders("work")):
        assert gone == []
        raise ZeroDivisionError
    assert gone == [tmp_path]


def test_what_was_not_mounted_is_not_unmounted(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(overlay, "_mount", lambda *_: 1 / 0)
    monkeypatch.setattr(overlay, "unmount", pytest.fail)
    with pytest.raises(ZeroDivisionError), overlay.mounted(folders("one"), tmp_path, *folders("work")):
        pytest.fail()


def test_a_kernel_that_refuses_is_an_error_with_a_way_out(folders, tmp_path):
    """The target is not there: that needs no right to be refused."""
    with pytest.raises(Error, match="the kernel cannot show layers at") as caught:
        overlay.mount(folders("one"), tmp_path / "missing", *folders("work"))
    assert "CERTIFY_CACHE" in caught.value.hint
    with pytest.raises(Error, match="cannot be unmounted"):
        overlay.unmount(tmp_path / "missing")
