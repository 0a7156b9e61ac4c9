"""Files looked up in layers are those that an overlay would show, and nothing of the machine."""

from __future__ import annotations

import os

import pytest

from builder import merged

PATH = "/etc/os-release"


@pytest.fixture
def stack(tmp_path):
    """Layers with files, the lowest first; a text that begins with -> is a link, None is a folder."""
    def make(*layers):
        made = []
        for number, files in enumerate(layers):
            folder = tmp_path / f"layer-{number}"
            folder.mkdir()
            for path, text in files.items():
                place = folder / path.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                if text is None:
                    place.mkdir()
                elif text.startswith("->"):
                    place.symlink_to(text[2:])
                else:
                    place.write_text(text)
            made.append(folder)
        return made
    return make


@pytest.mark.parametrize(("layers", "found"), [
    ([], None), ([{}], None), ([{PATH: "low"}], "low"), ([{PATH: "low"}, {}], "low"), ([{PATH: "low"}, {PATH: "high"}], "high"),
    ([{PATH: "low"}, {PATH: "mid"}, {"/etc/other": "x"}], "mid"), ([{}, {PATH: ""}], ""), ([{PATH: "low"}, {PATH: ""}], ""),
    ([{PATH: "low"}, {"/etc": None}], "low"), ([{PATH: None}], None), ([{PATH: "low"}, {PATH: None}], None),
    ([{PATH: "low"}, {"/etc": "a file"}], None), ([{PATH: "low"}, {"/etc": "->usr"}], None),
    ([{PATH: "low"}, {"/etc": "->/etc"}], None),
    ([{PATH: "low"}, {"/etc": "->usr"}, {"/etc": None}], None), ([{PATH: "low"}, {"/etc": "a file"}, {"/etc": None}], None),
    ([{PATH: "low"}, {"/etc": "a file"}, {PATH: "high"}], "high"),
    ([{"/etc": "->usr", "/usr/os-release": "x"}, {PATH: "high"}], "high"), ([{"/etc": "->usr", "/usr/os-release": "x"}], None),
], ids=range(19))
def test_the_highest_layer_decides_and_what_is_no_folder_hides_all_below(stack, layers, found):
    assert merged.text(stack(*layers), PATH) == found


@pytest.mark.parametrize("target", ["/etc/passwd", "other", "../../outside", "os-release", "/nowhere"])
def test_a_link_is_nothing_wherever_it_leads_and_hides_what_is_below(stack, tmp_path, target):
    (tmp_path / "outside").write_text("of the machine")
    assert merged.text(stack({PATH: "low", "/etc/other": "x"}, {PATH: f"->{target}"}), PATH) is None


def test_the_first_path_that_is_a_file_counts(stack):
    layers = stack({"/usr/lib/os-release": "real", PATH: "->../usr/lib/os-release"})
    assert merged.text(layers, PATH, "/usr/lib/os-release") == "real"
    assert merged.text(layers, "/usr/lib/os-release", PATH) == "real"
    assert merged.text(layers, "/missing", PATH) is None


@pytest.mark.parametrize("path", ["/etc/../etc/passwd", "/../../etc/passwd", "..", "/etc/..", "", "/"])
def test_no_path_leads_out_of_the_layers(stack, path):
    assert merged.text(stack({"/etc/passwd": "of the layer"}), path) is None


def test_what_is_no_plain_file_is_nothing_and_never_waited_for(stack):
    layers = stack({PATH: "low"}, {"/etc": None})
    os.mkfifo(layers[1] / "etc/os-release")
    assert merged.text(layers, PATH) is None


def test_bytes_that_are_no_text_come_back_as_they_were(stack):
    layers = stack({PATH: ""})
    (layers[0] / "etc/os-release").write_bytes(b"a\xff\xc3")
    assert os.fsencode(merged.text(layers, PATH)) == b"a\xff\xc3"


def test_a_huge_file_is_not_read_to_its_end(stack, monkeypatch):
    monkeypatch.setattr(merged, "_MOST", 10)
    assert merged.text(stack({PATH: "x" * 100}), PATH) == "x" * 10


@pytest.mark.parametrize(("layers", "found"), [
    ([], []), ([{"/etc/a": ""}], ["a"]), ([{"/etc/a": ""}, {"/etc/b": "", "/etc/a": "->x"}], ["a", "b"]),
    ([{"/etc/a": ""}, {"/etc": "a file"}], []), ([{"/etc/a": ""}, {"/etc": "->usr"}, {"/etc/b": ""}], ["b"]),
    ([{"/etc/a/deep": ""}], ["a"]),
])
def test_a_folder_has_the_names_of_every_layer(stack, layers, found):
    assert merged.names(stack(*layers), "/etc") == found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes whiteouts")
def test_a_whiteout_hides_a_name_and_an_opaque_folder_hides_all(stack):
    layers = stack({"/etc/a": "", "/etc/b": ""}, {"/etc/c": ""})
    os.mknod(layers[1] / "etc/a", 0o600 | 0o020000, 0)
    assert merged.names(layers, "/etc") == ["b", "c"]
    os.setxattr(layers[1] / "etc", "trusted.overlay.opaque", b"y")
    assert merged.names(layers, "/etc") == ["c"]


def test_a_file_is_copied_and_a_link_is_only_read(stack, tmp_path):
    layers = stack({"/etc/a": "low", "/etc/c": "c"}, {"/etc/b": "->a", "/etc/c": "->a"})
    assert merged.copy(layers, "/etc/a", tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "low"
    assert [merged.copy(layers, path, tmp_path / "none") for path in ("/etc/b", "/etc/c", "/etc/d")] == [False] * 3
    assert [merged.link(layers, path) for path in ("/etc/a", "/etc/b", "/etc/d")] == [None, "a", None]
    assert not (tmp_path / "none").exists()
