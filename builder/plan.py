"""What is to be done inside the namespaces, as plain data: the hand-over from the fetching to the building part."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One piece of work on a tree.

    ``kind`` is run (a command in the container), copy (a file or folder into the tree) or take (from the tree of the
    chain ``chain``). ``route`` leads to its place in the recipe.
    """

    kind: str
    route: tuple[str | int, ...] = ()
    command: tuple[str, ...] = ()
    env: Mapping[str, str] | None = None
    bind: str | None = None
    source: str = ""
    to: str = ""
    mode: str | None = None
    chain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What is done between two points at which the tree is kept; ``label`` is what people see of it.

    ``actions`` is None for a layer that is in the store. ``bytecode`` says which Python files are compiled when the
    actions are done: ``none``, the ``changed`` ones, ``all``, or all whose bytecode was not good (``adopt``).
    """

    key: str
    label: str
    actions: tuple[Action, ...] | None = ()
    bytecode: str = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The last layer of an image, in which its tree gets its one form. ``image_json`` is the file that the image carries."""

    key: str
    image_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A stage as layers: ``below`` are there already, the lowest first; ``layers`` stand on them, one on the other.

    ``env`` is what its programs see.
    """

    name: str
    below: tuple[str, ...]
    layers: tuple[Layer, ...]
    env: Mapping[str, str]
    finish: Finish | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every layer of the finished chain, the lowest first."""
        own = tuple(layer.key for layer in self.layers)
        return (*self.below, *own, *((self.finish.key,) if self.finish else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole build: ``folder`` is its workspace, ``store`` the layer store.

    Chains come in the order in which they can be made; the last is the image, packed into ``target``, if there
    is one; it may be a parent that is needed only as layers. ``terminal``
    is an open terminal, for a shell where an action fails; ``processors`` limits what programs see, 0 does not.
    """

    folder: str
    store: str
    cgroup: str
    chains: tuple[Chain, ...]
    target: str
    terminal: int | None = None
    processors: int = 0

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read what ``write`` wrote."""
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**values, "chains": tuple(_chain(one) for one in values["chains"])})


def _chain(values: Any) -> Chain:  # noqa: ANN401
    finish = values["finish"] and Finish(**values["finish"])
    layers = tuple(_layer(one) for one in values["layers"])
    return Chain(**{**values, "below": tuple(values["below"]), "layers": layers, "finish": finish})


def _layer(values: Any) -> Layer:  # noqa: ANN401
    actions = values["actions"] and tuple(Action(**{**one, "route": tuple(one["route"]), "command": tuple(one["command"])})
                                          for one in values["actions"])
    return Layer(**{**values, "actions": None if actions is None else tuple(actions)})
