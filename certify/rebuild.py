"""Build an image again from what its maker said of it, and compare: the same bytes, or the files that differ and why."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from builder import pipeline, tools, workspace
from builder.errors import Error, Fault, StepFailed, UsageError
from builder.record import FILE_NAME, Record
from certify import inputs, provenance
from certify.bundle import Bundle
from certify.files import open_regular, sha256_of
from certify.sandbox import comparing, enter
from certify.store.query import resolve
from certify.verify import open_image, verify_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from builder.outside import Outside
    from builder.progress import Progress
    from builder.recipe import Document, Recipe
    from certify.provenance import Made
    from certify.reference import Reference
    from certify.sandbox.comparing import Comparison
    from certify.store.layout import Store
    from certify.trust import Trust

_STEP_HINT: Final = ("the step went well when the image was published: it needs something that is not what it was, or fails by "
                     "chance; --out DIR keeps the log")
_GONE_HINT: Final = ("an image can be built again while all that it was made of can be had: name a mirror that keeps it in the "
                     "site's profile, such as one of snapshot.debian.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """An image that is to be built again: what is known of its making, and its bytes behind an open handle."""

    made: Made
    image: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of it. ``digest`` is the second image's (sha256 in hex), ``comparison`` is None where the bytes are equal."""

    made: Made
    digest: str
    tools: Mapping[str, str]
    comparison: Comparison | None

    @property
    def equal(self) -> bool:
        """Whether the two images are the same bytes."""
        return self.comparison is None

    @property
    def tree_equal(self) -> bool:
        """Whether the two images hold the same files."""
        return self.comparison is None or not self.comparison.count

    def as_json(self, reference: str) -> dict[str, Any]:
        """The result as ``--format json`` shows it."""
        found = self.comparison.differences if self.comparison else ()
        return {"name": self.made.title, "reference": reference, "published": f"sha256:{self.made.digest}",
                "rebuilt": f"sha256:{self.digest}", "equal": self.equal, "tree_equal": self.tree_equal,
                "kinds": dict(self.comparison.kinds) if self.comparison else {},
                "differences": [{"path": one.path, "kind": one.kind, "why": one.detail} for one in found],
                "tools": {name: {"published": self.made.tools.get(name), "here": self.tools.get(name)}
                          for name in {**self.made.tools, **self.tools}}}


@contextmanager
def published(store: Store, wanted: Reference, trust: Trust, *, now: datetime, platform: str) -> Iterator[Original]:
    """The image of a reference, proven through the handle that is then read. Raises VerificationFailed or another Fault."""
    entry = resolve(store, wanted, platform)
    handle = open_image(entry.squashfs)
    try:
        proven = verify_reference(store, wanted, trust, now=now, platform=platform, fd=handle)
        statements = Bundle.read(store.certs(proven.digest)).evidence(proven.certificate, trust)
        yield Original(made=provenance.of_certificate(proven.certificate, statements), image=handle)
    finally:
        os.close(handle)


@contextmanager
def built(folder: Path) -> Iterator[Original]:
    """The image of a build's folder. Its record is believed: whoever could write it could have written the image."""
    made = provenance.of_record(Record.read(folder))
    handle = open_regular(folder / pipeline.IMAGE)
    try:
        if sha256_of(handle)[0] != made.digest:
            raise Fault(f"{folder / pipeline.IMAGE} is not the image that {FILE_NAME} is about", hint="build it again")
        yield Original(made=made, image=handle)
    finally:
        os.close(handle)


def rebuild(original: Original, document: Document, variants: tuple[Recipe, ...], *, outside: Outside, cache: Path,
            progress: Progress, on_note: Callable[[str], None], out: Path | None = None) -> Rebuilt:
    """Make an image anew, with nothing of an earlier build but its downloads, and compare.

    ``on_note`` hears what may make a difference, before the work begins. The second image is kept in ``out``, if that
    is given, and is deleted otherwise. Raises Fault if the recipe or what belongs to it is not what it was.
    """
    if os.geteuid() != 0:
        raise Error("a build needs root", hint="run it as root")
    made = original.made
    recipe = inputs.recipe_of(made, document, variants)
    if out is not None and os.path.lexists(pipeline.folder_of(recipe, out) / pipeline.IMAGE):
        raise UsageError(f"{pipeline.folder_of(recipe, out)}: an image is there already", hint="name another folder with --out")
    for note in inputs.require_same(made, recipe, outside):
        on_note(note)
    with workspace.workspace(workspace.prepare(cache)) as work:
        record = _build(made, document, recipe, out=out, work=work, cache=cache, progress=progress, outside=outside)
        image = pipeline.folder_of(recipe, out or work / "out") / pipeline.IMAGE
        compared = None if record.digest == made.digest else _compare(original.image, image, progress)
    return Rebuilt(made=made, digest=record.digest, tools=tools.versions(), comparison=compared)


def _build(made: Made, document: Document, recipe: Recipe, *, out: Path | None, work: Path, cache: Path, progress: Progress,
           outside: Outside) -> Record:
    try:
        return pipeline.build(document, recipe, out=out or work / "out", cache=cache, progress=progress, outside=outside,
                              repeat=made.resolved)
    except Fault as error:
        if isinstance(error, StepFailed) and out is None:       # its log is gone
            error.hint = _STEP_HINT
        elif "certify lock" in (error.hint or ""):              # another lock would be another image
            error.hint = _GONE_HINT
        raise


def _compare(first: int, second: Path, progress: Progress) -> Comparison:
    handle = enter.opened(second)
    try:
        with progress.stage("compare") as notes:
            found = comparing.compare(first, handle)
            notes.append(f"{found.count} differences" if found.count else "the same files")
    finally:
        os.close(handle)
    return found
