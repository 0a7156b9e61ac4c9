"""What a recipe says, as plain frozen data: no positions, no defaults left to guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
TEST_SECONDS = 600      # for a test that says nothing else


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may use the image: everyone, or the named users and groups (names or numeric ids)."""

    public: bool = False
    users: tuple[str | int, ...] = ()
    groups: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveBase:
    """A base made by mmdebstrap from the essential packages of a Debian or Ubuntu suite.

    ``snapshot`` is a moment of the archive's history such as ``20260101T000000Z``, ``mirror`` the archive's address
    where it is not the machine's own.
    """

    suite: str
    distribution: str = "debian"
    snapshot: str | None = None
    mirror: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBase:
    """A base from a registry or an OCI layout: ``<registry>/<name>[:tag]@sha256:<hex>`` or ``oci:<layout>@sha256:<hex>``."""

    reference: str

    @property
    def digest(self) -> str:
        """The digest it is pinned to, in hex."""
        return self.reference.rpartition("@sha256:")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeBase:
    """A base that is a tree of files, as a tar or a folder: beside the recipe, or named by the site."""

    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeBase:
    """A base that is the image of another recipe, ``<name>`` or ``<name>:<tag>``, in a folder beside this recipe's."""

    recipe: str

    @property
    def name(self) -> str:
        """The name of the recipe's folder."""
        return self.recipe.partition(":")[0]


Base: TypeAlias = ArchiveBase | ImageBase | TreeBase | RecipeBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheels:
    """Python wheels: a requirements file in which every line has its hash, and the venv they go to."""

    requirements: str
    venv: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file from the network, known by its sha256; unpacked into ``unpack`` or copied to ``to``."""

    url: str
    sha256: str
    unpack: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file or folder of the recipe, copied to an absolute path in the image; mode in octal."""

    source: str
    to: str
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A file or folder of an earlier stage, copied to an absolute path."""

    stage: str
    path: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Shell text that runs in the image as root, without network: bash with -e and -o pipefail."""

    name: str
    run: str
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """What must come of a test: its exit code, and what is found in its output.

    ``output`` is a regular expression as ``re`` has it, searched with MULTILINE; ``text`` stands there character by character.
    """

    exit: int = 0
    output: str | None = None
    text: str | None = None


SUCCESS = Expect()

@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """Shell text that must do what is expected on the finished image, as an ordinary user of the site.

    ``needs`` are capabilities (certify.sandbox.testing has all) without which it is skipped, ``timeout`` is in seconds.
    ``host_libraries`` are those of the site that it runs with; None for those that a user has who chooses none.
    """

    __test__ = False    # not a pytest class

    name: str
    run: str
    expect: Expect = SUCCESS
    needs: tuple[str, ...] = ()
    timeout: int = TEST_SECONDS
    host_libraries: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a start of the image may cost at most where nothing of it was read before; None where nothing is asked.

    ``run`` is the shell text that is started; without it, the first test that needs nothing special. ``seconds`` are those
    beyond a start that does nothing, ``bytes`` are read from the image, ``requests`` are made of it as a file system.
    """

    run: str | None = None
    seconds: float | None = None
    bytes: int | None = None
    requests: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What one tree is made of. The image itself is the stage without a name.

    ``env`` is what its programs see while it is made; ``route`` leads to it in the recipe's document.
    """

    name: str
    route: tuple[str | int, ...]
    base: Base
    apt: tuple[str, ...] = ()
    dnf: tuple[str, ...] = ()
    wheels: Wheels | None = None
    sources: tuple[Source, ...] = ()
    files: tuple[File, ...] = ()
    copies: tuple[Copy, ...] = ()
    steps: tuple[Step, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def shipped(self) -> bool:
        """Whether this is the image, not only what it copies from."""
        return not self.name

    @property
    def environment(self) -> dict[str, str]:
        """What its programs see where its base brings nothing."""
        return self.environment_upon({})

    def environment_upon(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """What its programs see: what the recipe sets, over what its base brings, over a PATH that every image has."""
        return {"PATH": DEFAULT_PATH, **inherited, **self.env}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image, as its maintainer describes it. ``folder`` is where its files are found.

    ``variables`` are the values of ``vars`` and of one combination of ``matrix``, from which its texts were made.
    """

    folder: Path
    name: str
    version: str
    revision: int
    summary: str
    license: str
    access: Access
    base: Base
    apt: tuple[str, ...]
    wheels: Wheels | None
    sources: tuple[Source, ...]
    files: tuple[File, ...]
    steps: tuple[Step, ...]
    env: Mapping[str, str]
    workdir: str | None
    entrypoint: tuple[str, ...]
    host_libraries: tuple[str, ...]
    tests: tuple[Test, ...]
    dnf: tuple[str, ...] = ()
    copies: tuple[Copy, ...] = ()
    stages: tuple[Stage, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    budget: Budget | None = None

    @property
    def image(self) -> Stage:
        """The stage that is shipped."""
        return Stage(name="", route=(), base=self.base, apt=self.apt, dnf=self.dnf, wheels=self.wheels, sources=self.sources,
                     files=self.files, copies=self.copies, steps=self.steps, env=self.env)

    @property
    def all_stages(self) -> tuple[Stage, ...]:
        """Every stage in the order in which they can be made; the image is the last."""
        return (*self.stages, self.image)

    @property
    def start(self) -> Test | None:
        """What the budget is for: its own command, or the first test that needs nothing special; None without a budget."""
        if self.budget is None:
            return None
        if self.budget.run is not None:
            return Test(name="start", run=self.budget.run)
        return next((test for test in self.tests if not test.needs and not test.host_libraries), None)

    @property
    def tag(self) -> str:
        """The immutable tag, ``<version>-<revision>``."""
        return f"{self.version}-{self.revision}"

    @property
    def environment(self) -> dict[str, str]:
        """The image's environment: what the recipe sets, over a PATH that every image has."""
        return self.image.environment
