"""The plan of a simulated site: what stands at each path and why, in which environment, as whom. A pure function.

Modelled on Shifter: / becomes a tmpfs with a bind for each folder of the image, /opt and /var likewise one level
deeper, /etc a copy; the runtime's own paths and the site's mounts come first and hide the image's of the same name. Other
runtimes show the image's root as it is: see certify.sandbox.whole, which also says where the simulation differs from them.

Where the simulation knowingly differs from the runtime, with the reason:

- Owners. At the site all that the image and the runtime bring belongs to root. Here what the runtime makes belongs to the
  caller, and what the image brings is shown as 65534: the kernel lets an ordinary user's namespace know no other owner.
  What may be written is the same. For the same reason further groups count, but are shown as 65534, and /var/empty has mode
  0000 instead of root's 0700.
- Processes. The site's runtime shares the machine's processes; here nothing may outlive the sandbox, so it has its own.
- The terminal. A program may not type into its caller's terminal (TIOCSTI), as on kernels since 6.2.
- Isolated (a test, ``run --isolated``): no network but its own loopback, no shared memory, no devices, no file systems, /tmp
  or name servers of the machine. Of /sys there is what describes processors and memory; of the site's modules what they copy,
  and the libraries that its profile describes, read-only.
- Users. /etc/passwd knows the caller alone; the site may list all of its users, and shells that are there.
- Closed folders. An image whose /, /etc, /opt or /var only root may enter is shown by the runtime, which is root then; here it
  is refused.
- Variables. HOME, USER and LOGNAME are always there; LC_CTYPE=C.UTF-8 as well, where the caller's locale is C.
- The site's sshd, its hooks and what it puts into /etc and /opt/udiImage: these profiles say nothing of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from builder.errors import Fault
from certify.sandbox import levels, places, whole
from certify.sandbox.environment import Changes, Host, compose, missing
from certify.sandbox.places import Dropped, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from builder.image import ImageConfig
    from builder.rootfs import Root
    from certify.sandbox.environment import Variable
    from certify.sandbox.identity import Identity
    from certify.sandbox.levels import Entry
    from certify.sandbox.machine import Machine
    from certify.sandbox.module import Module
    from certify.site import Site

__all__ = ["Dropped", "Place", "Plan", "make", "of", "variables"]

ACCOUNTS: Final = ("/etc/passwd", "/etc/group")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that a process in the sandbox can observe by design.

    ``environment`` has the values, ``origins`` where each comes from, ``missing`` which of the caller's do not enter and why.
    ``network`` says whether the machine's network and shared memory are shown, ``terminal`` whether the caller's is kept.
    ``as_root`` says whether the program is root in its user namespace, with ``capabilities``, ``unguarded`` whether no
    permissions keep it out of the image's files. ``lacking`` are the paths, each a folder or a file, that a completed root needs.
    """

    places: tuple[Place, ...]
    environment: Mapping[str, str]
    identity: Identity
    workdir: str
    command: tuple[str, ...]
    network: bool
    terminal: bool = False
    dropped: tuple[Dropped, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    as_root: bool = False
    capabilities: tuple[str, ...] = ()
    unguarded: bool = False
    lacking: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[int, int]:
        """The uid and gid that the program sees as its own."""
        return (0, 0) if self.as_root else (self.identity.uid, self.identity.gid)


def of(root: Root, site: Site, config: ImageConfig, identity: Identity, command: Sequence[str], *, machine: Machine,
       modules: Sequence[Module] = (), terminal: bool = False) -> Plan:
    """The plan for an image whose root is here; see ``make``. Raises Fault."""
    entries = levels.read(root) if site.root == places.ANEW else ()
    return make(site, entries, config, identity, command, machine=machine, modules=modules, terminal=terminal,
                points=lambda paths: levels.points(root, paths, ACCOUNTS))


def make(site: Site, entries: Sequence[Entry], config: ImageConfig, identity: Identity, command: Sequence[str], *,
         machine: Machine, modules: Sequence[Module] = (), workdir: str = "/", terminal: bool = False,
         points: Callable[[Iterable[str]], Sequence[Entry]] = lambda _: ()) -> Plan:
    """The plan for an image whose first levels are ``entries``; ``modules`` are the site's that are active, in their order.

    ``points`` gives what the image has at paths, for a runtime that shows its root as it is. Raises Fault for an image that
    the runtime would expose the host by, or would not start.
    """
    _refuse_links(entries)
    texts = {entry.path: entry.text for entry in points(())} if site.accounts == "added" else {}
    taken = places.own(site, identity, machine, modules, f"{config.name}:{config.tag}", texts)
    seen = points(taken) if site.root != places.ANEW else ()
    shown, dropped = _arranged(site, entries, seen, taken)
    found = variables(site, config, identity, machine, modules)
    gone = {name: why for name, why in missing(machine.environment, _host(site)).items() if name not in found}
    return Plan(places=tuple(sorted(shown, key=lambda place: place.path.rstrip("/").split("/"))), dropped=tuple(dropped),
                identity=identity, workdir=workdir, command=tuple(command), network=machine.open, terminal=terminal,
                environment={name: one.value for name, one in found.items()},
                origins={name: one.why for name, one in found.items()}, missing=gone, as_root=site.user == "root",
                capabilities=site.capabilities, unguarded=site.owner == "caller",
                lacking=whole.lacking(site, shown, seen))


def variables(site: Site, config: ImageConfig, identity: Identity, machine: Machine,
              modules: Sequence[Module] = ()) -> dict[str, Variable]:
    """The environment alone: see certify.sandbox.environment."""
    image = config.environment if site.image_environment else {}
    layers = (Changes(who="the image", set=image, empty=site.empty_variables),
              Changes(who="the runtime", default=site.environment_default, completed=site.path_completed),
              *(one.changes for one in modules),
              Changes(who="the site", set=site.environment, append=site.environment_append, prepend=site.environment_prepend,
                      unset=site.environment_unset))
    return compose(machine.environment, layers, login=identity.variables, rule=_host(site))


def _host(site: Site) -> Host:
    return Host(dropped=site.environment_dropped, kept=site.environment_kept)


def _arranged(site: Site, entries: Sequence[Entry], seen: Sequence[Entry],
              taken: dict[str, Place]) -> tuple[list[Place], list[Dropped]]:
    """All places, and what is left out."""
    if site.root != places.ANEW:
        return whole.fitted(site, seen, taken)
    shown, dropped = places.of_image(site, entries, taken)
    return [*taken.values(), *shown], dropped


def _refuse_links(entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.path in places.REBUILT and entry.kind == "link":
            raise Fault(f"{entry.path} is a link to {entry.target}: the runtime would read the host's folder as root",
                        hint=f"make {entry.path} a folder of the image")
