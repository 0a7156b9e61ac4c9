"""What stands in the folders that a runtime builds anew."""

from __future__ import annotations

import os

import pytest

from builder.errors import Fault
from builder.rootfs import Root
from certify.sandbox import levels
from certify.sandbox.levels import Entry


def test_every_entry_of_the_four_folders_is_named_by_its_kind(tmp_path):
    for folder in ("etc/inner", "opt", "var", "usr/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/file").write_bytes(b"12345")
    (tmp_path / "etc/inner/deep").touch()
    (tmp_path / "var/run").symlink_to("/run")
    os.mkfifo(tmp_path / "opt/fifo")
    found = {entry.path: entry for entry in levels.read(Root(tmp_path))}
    assert list(found) == ["/etc", "/etc/file", "/etc/inner", "/opt", "/opt/fifo", "/usr", "/var", "/var/run"]
    assert found["/etc/file"] == Entry(path="/etc/file", kind="file", size=5)
    assert found["/var/run"] == Entry(path="/var/run", kind="link", target="/run")
    assert (found["/opt/fifo"].kind, found["/usr"].kind) == ("special", "folder")
    assert found["/var/run"].name == "run"


@pytest.mark.parametrize("folder", ["etc", "opt", "var"])
def test_a_folder_that_is_a_link_is_not_entered(tmp_path, folder):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").touch()
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / folder).symlink_to(tmp_path / "outside")
    assert levels.read(Root(tmp_path / "root")) == [Entry(path=f"/{folder}", kind="link", target=str(tmp_path / "outside"))]


@pytest.mark.parametrize("name", ["a\nb", os.fsdecode(b"\xff"), " ", "-x"])
def test_hostile_names_are_names(tmp_path, name):
    (tmp_path / name).mkdir()
    assert [entry.name for entry in levels.read(Root(tmp_path))] == [name]


@pytest.mark.parametrize("folder", ["", "etc", "opt", "var"])
@pytest.mark.parametrize("mode", [0o700, 0o750, 0o744])
def test_a_folder_that_only_root_may_enter_is_refused(tmp_path, folder, mode):
    (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / folder).chmod(mode)
    with pytest.raises(Fault, match=f"only root may enter the image's /{folder}:"):
        levels.read(Root(tmp_path))


def test_an_empty_image_has_nothing(tmp_path):
    assert levels.read(Root(tmp_path)) == []
