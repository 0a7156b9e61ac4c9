"""What readers see of a store, each by its own way; and whether what an interrupted step left is old, new, or to be swept."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import replace

import stops

from builder.errors import Error
from certify.files import read_if_there
from certify.reference import Reference
from certify.store import Store, listing, meta, oci
from certify.store.fsck import check
from certify.verify import VerificationFailed, verify_reference

REFERENCES = ("tool", "tool:0.9", "tool:1.0", "tool:1.1", "tool:1.0-1", "tool:1.0-2", "tool:1.1-1")
HOST = "linux/amd64"


def seen(world, now):
    """What every kind of reader sees: by reference, by the runtime's id of an image, and in the list of public images."""
    if not os.path.lexists(world.store.root / "format"):
        return {}
    view = {f"{what} of {text}": one for text in REFERENCES for what, one in _verified(world, text, now).items()}
    view |= dict(_shifter(world.store))
    return view | dict(_listed(world.store))


def _verified(world, text, now):
    try:
        found = verify_reference(world.store, Reference.parse(text), world.trust, now=now, platform=HOST)
    except VerificationFailed as error:
        absent = bool(error.steps) and "no such image" in error.steps[-1].detail
        return {} if absent else dict.fromkeys(("bytes", "certificate", "access"), "refused")
    return {"bytes": found.digest, "certificate": found.certificate.serial, "access": str(found.access.realm)}


def _shifter(store):
    """As Shifter does: an image is there if its squashfs and its .meta are; who may use it stands in the .meta."""
    for path in sorted((store.root / "images").glob("*.squashfs")):
        data = read_if_there(path.with_suffix(".meta"))
        if data is not None:
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem, "the runtime finds half an image"
            found = meta.parse(data)
            assert found.format == "squashfs"
            yield f"id:{path.stem[:8]}", (found.uids, found.gids, found.env, found.entry)


def _listed(store):
    """As skopeo does: from index.json by digests to the bytes."""
    for name, one in listing.read(store.index_json.read_bytes()).items():
        digest = one["digest"].removeprefix("sha256:")
        for manifest in oci.read_index(store, digest).values():
            config, layer, size = oci.read_manifest(store, manifest["digest"].removeprefix("sha256:"))
            oci.read_blob(store, config)
            assert store.blob(layer).stat().st_size == size
        yield f"listed:{name}", digest


class Stage:
    """A scenario, its state before, and what is seen before and after it; each stop begins with that state anew."""

    def __init__(self, world, scenario):
        self.world, self.scenario, self.now = world, scenario, world.now + scenario.at
        self.step = scenario.prepare(world)
        self.other = self._other()
        self.template = world.folder / "before"
        if world.store.root.exists():
            stops.copy_tree(world.store.root, self.template)
        self.old, self.before = seen(world, self.now), self.problems()
        self.whole = stops.watched(self.step, world.store.root)
        if self.whole.error is not None:
            raise self.whole.error
        self.new = seen(world, self.now)
        self.finished = self.problems()
        self.other()
        self.scenario.again(self.step)
        self.afterwards = self.problems()

    def _other(self):
        """The next publish, of something else, and its certificate made beforehand."""
        world, config, content = self.world, replace(self.world.config("7"), name="other"), b"image other"
        envelopes = world.envelopes(config, hashlib.sha256(content).hexdigest())

        def publish():
            Store.open_or_create(world.store.root)
            world.publish(content, config, envelopes=envelopes)
        return publish

    def at(self, part):
        """Go on in a folder of its own: for a process that works beside others."""
        self.world.folder = self.template.with_name(f"part-{part}")
        self.world.folder.mkdir(exist_ok=True)
        self.world.store = Store(root=self.world.folder / "store")

    def reset(self):
        """Put the state before the step back."""
        if self.template.exists():
            stops.copy_tree(self.template, self.world.store.root)
        elif self.world.store.root.exists():
            shutil.rmtree(self.world.store.root)

    def problems(self):
        """The findings of fsck, as far as they can be compared."""
        if not os.path.lexists(self.world.store.root / "format"):
            return {}
        report = check(self.world.store, self.world.trust, now=self.now, deep=True)
        return {(str(one.kind), one.where): one for one in report.problems}

    def faults(self):
        """What is wrong after a stop: neither old nor new, worse than to be swept, or not mended by the next publish."""
        view, found = seen(self.world, self.now), []
        for key in sorted({*view, *self.old, *self.new}):
            if view.get(key) not in (self.old.get(key), self.new.get(key)):
                found.append(f"{key}: {view.get(key)}")
        found += [f"fsck: {one.kind} {one.where}: {one.message}" for key, one in self.problems().items()
                  if one.error and key not in self.finished and key not in self.before and key[0] not in self.scenario.leaves]
        for name, what in (("the next publish", self.other), ("again", lambda: self.scenario.again(self.step))):
            try:
                what()
            except (Error, OSError) as error:
                return [*found, f"{name}: {error}"]
        after = seen(self.world, self.now)
        found += [f"afterwards {key}: {after.get(key)}" for key in self.new if after.get(key) != self.new[key]]
        found += [f"fsck afterwards: {one.kind} {one.where}: {one.message}" for key, one in self.problems().items()
                  if key not in self.afterwards]
        left = [one.name for one in self.world.store.tmp.iterdir() if one.name != "lock"]
        return found + ([f"left in tmp: {left}"] if left else [])


def told(faults):
    """What was found, by number of the call: each kind once, with the calls that leave it."""
    kinds = {}
    for number, found in sorted(faults.items()):
        for one in found:
            kinds.setdefault(re.sub(r"[0-9a-f]{16,64}", "#", one), []).append(number)
    return "\n".join(f"{text} (calls {numbers[0]} to {numbers[-1]}, {len(numbers)} of them)" for text, numbers in kinds.items())
