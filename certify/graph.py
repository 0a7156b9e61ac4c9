"""Several recipes at once: which stands on which, and so in what order they can be made.

Nothing here raises for a recipe: one that cannot be read, whose base is not there or that stands on itself is an
item with an error, so that the others can still be made.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from builder.errors import Error, Fault
from builder.recipe import load_all
from builder.recipe.decode import FILE_NAME, find, split
from builder.recipe.model import RecipeBase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from builder.recipe import Document, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One image to be made: a recipe, or one variant of it.

    ``key`` names it in this graph and ``parents`` are the keys of those it stands on; ``label`` is its name for people.
    ``source`` is None where ``error`` says why it cannot be made.
    """

    key: str
    label: str
    path: Path
    parents: tuple[str, ...] = ()
    source: tuple[Document, Recipe] | None = None
    error: Error | None = None


def order(paths: Iterable[Path]) -> tuple[Item, ...]:
    """The recipes of the paths and all that they stand on, parents first; else as they were named."""
    graph = _Graph()
    for path in paths:
        graph.add(path)
    graph.connect()
    return graph.sorted()


class _Graph:
    """Items by key, and the keys that each path stands for."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.paths: dict[Path, tuple[str, ...]] = {}
        self.pending: deque[str] = deque()

    def add(self, path: Path) -> tuple[str, ...]:
        """The keys of a recipe's variants, or of the one that is named behind it."""
        if path not in self.paths:
            made = {item.key: item for item in _items(path)}
            self.paths[path] = tuple(made)
            self.pending += [key for key in made if key not in self.items]
            self.items |= {key: made[key] for key in made if key not in self.items}
        return self.paths[path]

    def connect(self) -> None:
        """Find the parents of every item, and theirs."""
        while self.pending:
            item = self.items[self.pending.popleft()]
            try:
                parents = tuple(dict.fromkeys(self._parent(item, base) for base in _bases(item)))
            except Fault as error:
                self.items[item.key] = replace(item, error=error)
            else:
                self.items[item.key] = replace(item, parents=parents)
        self._refuse_twins()
        self._tell_apart()

    def _parent(self, item: Item, base: RecipeBase) -> str:
        plain = split(item.path)[0]
        place = plain if plain.is_dir() else plain.parent
        beside = place.parent if place.name not in ("", "..") else place.resolve().parent
        folder = beside / base.name
        if not (folder / FILE_NAME).is_file():
            raise Fault(f"{item.path}: it stands on the recipe {base.recipe}, and there is no {folder / FILE_NAME}",
                        hint="a base of kind 'recipe' is looked for in the folder beside this recipe's")
        keys = self.add(beside / base.recipe)
        if len(keys) > 1:
            names = ", ".join(self._name(key) for key in keys)
            raise Fault(f"{item.path}: it stands on the recipe {base.recipe}, of which there are several",
                        hint=f"name one: {names}")
        return keys[0]

    def _name(self, key: str) -> str:
        source = self.items[key].source
        return f"{source[1].name}:{source[1].tag}" if source else self.items[key].label

    def _refuse_twins(self) -> None:
        """Two recipes that make the same image would write to one place at the same time."""
        first: dict[str, Item] = {}
        for item in list(self.items.values()):
            name = self._name(item.key)
            if item.source and first.setdefault(name, item) is not item:
                twin = Fault(f"{item.path}: {name} is made by {first[name].path} as well", hint="give one of them another name")
                self.items[item.key] = replace(item, error=twin)

    def _tell_apart(self) -> None:
        """The tag belongs to the label where several have the same name."""
        seen = Counter(item.label for item in self.items.values())
        self.items = {key: replace(item, label=self._name(key)) if seen[item.label] > 1 else item
                      for key, item in self.items.items()}

    def sorted(self) -> tuple[Item, ...]:
        """The items, parents first. Those in a circle get an error, and no parents."""
        while True:
            sorter = TopologicalSorter({item.key: item.parents for item in self.items.values()})
            try:
                return tuple(self.items[key] for key in sorter.static_order())
            except CycleError as error:
                self._break(error.args[1])

    def _break(self, circle: list[str]) -> None:
        names = [self.items[key].label for key in reversed(circle[1:])]     # each comes before those that stand on it
        for index, key in enumerate(reversed(circle[1:])):
            way = " -> ".join([*names[index:], *names[:index], names[index]])
            fault = Fault(f"{self.items[key].path}: it stands on itself: {way}", hint="give one of them another base")
            self.items[key] = replace(self.items[key], parents=(), error=fault)


def _items(path: Path) -> Iterator[Item]:
    plain, tag = split(path)
    try:
        file = find(plain).resolve()
        document, recipes = load_all(path)
    except Error as error:
        name = (plain.absolute().parent if plain.name == FILE_NAME else plain.absolute()).name
        label = f"{name}:{tag}" if tag else name
        yield Item(key=str(path.absolute()), label=label, path=path, error=error)
        return
    for recipe in recipes:
        named = path if len(recipes) == 1 else Path(f"{path}:{recipe.tag}")
        yield Item(key=f"{file}:{recipe.tag}", label=recipe.name, path=named, source=(document, recipe))


def _bases(item: Item) -> Iterator[RecipeBase]:
    for stage in item.source[1].all_stages if item.source else ():
        if isinstance(stage.base, RecipeBase):
            yield stage.base
