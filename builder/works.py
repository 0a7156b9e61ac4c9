"""The work on trees, layer by layer, in the namespaces of a build: its one container sees each tree in turn."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from builder import bytecode, crew, disk, overlay, squashfs
from builder.buildah import Buildah, Container
from builder.errors import Error, Fault
from builder.image import PATH as IMAGE_JSON
from builder.layers import Layers
from builder.listener import Listener
from builder.normalise import normalise, place
from builder.progress import share
from builder.pulse import pulse
from builder.rootfs import Root, tree_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from builder.plan import Action, Chain, Finish, Layer, Plan

_PACKED: Final = 4      # an image is a third to a quarter of its tree; what would just fit is not to be refused


class ActionFailed(Exception):
    """A command in the container ended with an error: the recipe's fault."""

    def __init__(self, chain: str, label: str, action: Action, code: int) -> None:
        super().__init__(label)
        self.chain, self.label, self.action, self.code = chain, label, action, code


class Works:
    """One build at work; ``tell`` takes its events."""

    def __init__(self, plan: Plan, tell: Callable[..., None]) -> None:
        self.plan, self.tell = plan, tell
        self.folder, self.layers = Path(plan.folder), Layers(Path(plan.store))
        self.listener = Listener(lambda line: tell(event="line", text=line))
        self.container = Container(Buildah(self.folder, plan.cgroup), self.listener.heard, self.listener)
        self.chains = {chain.name: chain for chain in plan.chains}
        self.count = 0

    def build(self) -> None:
        """Make every layer that is not there yet, and pack the image. Raises ActionFailed or an Error."""
        for chain in self.plan.chains:
            below = list(chain.below)
            for layer in chain.layers:
                if not self.layers.has(layer.key):
                    self._make(chain, layer, below)
                below.append(layer.key)
            if chain.finish and not self.layers.has(chain.finish.key):
                self._finish(chain, chain.finish, below)
        if self.plan.target:
            self._pack(self.plan.chains[-1])

    def _make(self, chain: Chain, layer: Layer, below: list[str]) -> None:
        if layer.actions is None:
            raise Error(f"{layer.label}: its layer is not in the cache any more", hint="who cleans there? build again")
        with self._stage(layer.label), self._tree(below, layer.key) as upper:
            for action in layer.actions:
                self._act(chain, layer, action)
            bytecode.compile_changed(self.container, chain.env, upper, self.folder, layer.bytecode)

    def _act(self, chain: Chain, layer: Layer, action: Action) -> None:
        if action.kind == "copy":
            self.container.copy(Path(action.source), action.to, action.mode)
        elif action.kind == "take":
            self._take(action)
        else:
            env = {**chain.env, **(action.env or {})}
            code = self.container.run(action.command, env=env, bind=Path(action.bind) if action.bind else None)
            self.listener.rest()
            if code:
                self._shell(env, layer.label, code)
                raise ActionFailed(chain.name, layer.label, action, code)

    def _take(self, action: Action) -> None:
        """Copy from the tree of another stage, whose links may say anything."""
        with self._shown(self.chains[action.chain].keys) as tree:
            found = Root(tree).resolve(action.source)
            if found is None:
                stage = action.chain.rpartition("/")[2]
                raise Fault(f"stage '{stage}' has no {action.source}", hint="which of its steps should make it?")
            with overlay.bound(tree / found.lstrip("/"), self._new_folder() / "taken") as source:
                self.container.copy(source, action.to)

    def _finish(self, chain: Chain, finish: Finish, below: list[str]) -> None:
        with self._stage("finish"), self._tree(below, finish.key):
            root = Root(self.container.tree)
            bytecode.compile_missing(self.container, chain.env, self.folder)
            normalise(root)     # when the last program of the image has run: its python3 may be anything
            place(root, IMAGE_JSON, finish.image_json)

    def _pack(self, chain: Chain) -> None:
        whole = self.layers.taken(chain.keys)
        disk.require_room(self.folder, whole / _PACKED, "to pack the image")
        with self._shown(chain.keys) as tree:
            # The digest reads what the packer reads at the same time, and the packer leaves a good part of a processor idle.
            with self._stage("squashfs"), self._moving(whole), crew.beside(lambda: tree_digest(Root(tree))) as digest:
                squashfs.pack(tree, Path(self.plan.target))
            self.tell(event="packed", tree=digest.result())

    @contextmanager
    def _moving(self, whole: int) -> Iterator[None]:
        """Tell how much of a tree of about so many bytes has been read."""
        with pulse(lambda done: self.tell(event="moved", text=share(done, whole))):
            yield

    @contextmanager
    def _tree(self, below: list[str], key: str) -> Iterator[Path]:
        """The container's tree on the layers below; what was changed becomes a layer, if all went well."""
        upper, work = self._new_folder(), self._new_folder()
        upper.chmod(0o755)
        with overlay.mounted([self.layers.tree(one) for one in below], self.container.tree, work, upper):
            yield upper
        self.layers.keep(key, upper, below[-1] if below else "")

    @contextmanager
    def _shown(self, keys: tuple[str, ...]) -> Iterator[Path]:
        """A finished tree, read-only."""
        target = self._new_folder()
        with overlay.mounted([self.layers.tree(one) for one in keys], target, self._new_folder()):
            yield target

    def _new_folder(self) -> Path:
        self.count += 1
        folder = self.folder / f"tree-{self.count}"
        folder.mkdir()
        return folder

    def _shell(self, env: Mapping[str, str], label: str, code: int) -> None:
        if self.plan.terminal is None:
            return
        self.tell(event="shell", stage=label)
        said = f"\r\n{label} failed with exit code {code}. This is a shell where it broke; it ends with: exit\r\n"
        os.write(self.plan.terminal, said.encode())
        self.container.shell(env, self.plan.terminal)

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.tell(event="started", stage=name)
        begin = time.monotonic()
        yield
        self.tell(event="done", stage=name, seconds=time.monotonic() - begin)

