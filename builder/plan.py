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
    """One piece of work on the tree, and the name of its stage.

    ``kind`` is run (a command in the container), copy (a file or folder into the tree) or unpack (the base's tar).
    ``route`` leads to its place in the recipe.
    """

    kind: str
    stage: str
    route: tuple[str | int, ...] = ()
    command: tuple[str, ...] = ()
    env: Mapping[str, str] | None = None
    bind: str | None = None
    source: str = ""
    to: str = ""
    mode: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole build: ``folder`` is its workspace, ``image_json`` the text of the file that the image carries."""

    folder: str
    cgroup: str
    env: Mapping[str, str]
    image_json: str
    actions: tuple[Action, ...]
    target: str

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read what ``write`` wrote."""
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        actions = tuple(Action(**{**one, "route": tuple(one["route"]), "command": tuple(one["command"])})
                        for one in values.pop("actions"))
        return cls(actions=actions, **values)
