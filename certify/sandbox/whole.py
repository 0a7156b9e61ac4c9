"""Plans of the runtimes that show an image's root as it is, and mount things over it: Charliecloud, podman-hpc, Apptainer.

What is mounted needs something in the image to be mounted over. ch-run leaves out what has no such place, and does not start
where /dev, /proc, /sys, /tmp, /etc/passwd or /etc/group have none; the others make it. Links on the way are followed inside
the image; ch-run follows an absolute one on the machine, and does not start if something is there: here it never does.

Where the simulation knowingly differs from these runtimes, beside what certify.sandbox.plan says of all:

- All of them. Nothing is mounted over the machine's /proc: processes are the sandbox's own. What is bound is nosuid and nodev,
  which changes nothing for a program without privileges. The capability bounding set is empty, or what the plan says.
- Charliecloud. ch-run ends with 1 where a program is not found, cannot be executed or is killed by a signal; ``certify run`` has
  127, 126 and 128 + signal, as for every runtime. /etc/passwd and /etc/group may be written there, to no effect for others.
  A user that only a directory service knows by a number is u<uid> in variables and "charlie" in /etc/passwd.
- podman-hpc. The network is the machine's, not one behind a translation of addresses; the machine's name is kept, so that
  /etc/hostname is empty; other users than root do not exist, as for a caller without subordinate ids; no_new_privs is set; hooks
  that run ldconfig are simulated with host libraries only.
- Apptainer. All of a site's /home is shown, where the machine has it, and not the caller's home alone; the folder where the
  caller is is not mounted in addition. An image that was converted from OCI has its variables from scripts in it; here from
  image.json, which is what ``--env`` gives. APPTAINER_NAME and APPTAINER_CONTAINER are missing, for they name the file.
  Files belong to root and their permissions count, as where images are mounted by the kernel; where squashfuse shows them as
  the caller's, more can be read.
- Root who calls, where the image's files belong to the caller (``owner``): root becomes the ordinary user before the image is
  mounted. Where that user cannot read the image, open /dev/fuse or reach the interpreter, the files are root's, permissions count
  and less can be written: stricter than the site.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify.sandbox.levels import Entry
from certify.sandbox.places import Dropped, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from certify.site import Site

SHOWN, COMPLETED, WRITABLE = "shown", "completed", "writable"
_TOP: Final[Mapping[str, tuple[str, str]]] = {
    SHOWN: ("image", "the image's root as it is, read-only"),
    COMPLETED: ("completed", "the image's root as it is, read-only, with the places that it lacks for what is mounted"),
    WRITABLE: ("writable", "the image's root as it is; what is written into it goes with the sandbox"),
}
_NAMES: Final = {"link": "link that leads to itself", "special": "special file"}
_REQUIRED: Final = frozenset({"/dev", "/proc", "/sys", "/tmp", "/etc/passwd", "/etc/group"})  # noqa: S108
_FOLDERS: Final = ("folder", "host", "devices", "blank", "scratch", "proc", "dev")      # what is mounted over a folder
_COVERS: Final = (*_FOLDERS, "library")         # what the image does not show through


def fitted(site: Site, points: Iterable[Entry], taken: Mapping[str, Place]) -> tuple[list[Place], list[Dropped]]:
    """All places, the root first, and what has no place in the image. Raises Fault where the runtime would not start."""
    known = {entry.path: entry for entry in points}
    kind, why = _TOP[site.root]
    found, dropped = {"/": Place(path="/", kind=kind, why=why, content="/")}, list[Dropped]()
    for path in sorted(taken, key=lambda path: path.split("/")):
        place, entry = taken[path], known.get(path) or Entry(path=path, kind="missing", leads=path)
        if _covered(found, path):
            found[path] = place
        elif entry.kind == "missing" and not entry.absolute and site.root == SHOWN:
            dropped.append(_left_out(site, place))
        else:
            _check(site, place, entry)
            placed = replace(place, path=entry.leads, kind="blank" if place.kind == "folder" else place.kind)
            found[placed.path] = placed
    return list(found.values()), dropped


def lacking(site: Site, places: Iterable[Place], points: Iterable[Entry]) -> dict[str, str]:
    """Whether a folder or a file has to be made at a path before something can be mounted there, by path."""
    missing = {entry.leads: entry.path for entry in points if entry.kind == "missing"}
    found = {place.path: place for place in places}
    return {path: "folder" if _is_folder(site, place, missing[path]) else "file" for path, place in found.items()
            if path in missing and not _covered(found, path)}


def _is_folder(site: Site, place: Place, path: str) -> bool:
    """Whether a folder is mounted; ``path`` is what the place was asked for as, before links."""
    return place.kind in _FOLDERS or (place.kind == "library" and path not in site.replaced_files)


def _covered(found: Mapping[str, Place], path: str) -> bool:
    above = path.rpartition("/")[0]
    while above:
        if above in found:
            return found[above].kind in _COVERS
        above = above.rpartition("/")[0]
    return False


def _left_out(site: Site, place: Place) -> Dropped:
    if place.path in _REQUIRED & {*site.runtime_owned, *site.replaced_files}:
        raise Fault(f"the image has no {place.path}: {site.runtime} mounts over it, and does not start", hint="make it in a step")
    return Dropped(path=place.path, why=f"the image has nothing there to mount over, so the runtime does not: {place.why}")


def _check(site: Site, place: Place, entry: Entry) -> None:
    """A mount that the kernel refuses, or one that leads out of the image."""
    if entry.absolute and site.root == SHOWN:
        raise Fault(f"{place.path} leads through an absolute link: {site.runtime} would follow it out of the image, and does not "
                    "start", hint="make the link relative, or what it leads to in its place")
    folder = _is_folder(site, place, place.path)
    if entry.kind == "link" or (entry.kind != "missing" and folder != (entry.kind == "folder")):
        wanted, is_a = "folder" if folder else "file", _NAMES.get(entry.kind, entry.kind)
        raise Fault(f"{place.path} of the image is a {is_a}: {site.runtime} mounts a {wanted} over it, and does not start",
                    hint=f"make it a {wanted} in a step")
