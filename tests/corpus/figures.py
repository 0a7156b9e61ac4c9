"""How well LD_LIBRARY_PATH and misplaced installations are found: precision and recall over each corpus, and the speed.

``python tests/corpus/figures.py`` prints the tables of the README; ``--mistakes`` also what is judged otherwise than it says.
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certify.lint.judge import judge
from certify.lint.target import Kind
from certify.policy import Policy
from certify.rules import registry
from certify.rules.subject import Script, Subject
from certify.site import load

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parent
PLACED = re.compile(r"(\??)(PTH\d{3}@\d+)")
HEAD = {"schema": "1", "name": "example", "version": '"1"', "summary": "An example", "license": "MIT", "access": "public",
        "base": "{debian: bookworm}"}


@dataclass(frozen=True)
class Corpus:
    """Snippets; apart those that were written when the others were all told right, to see what is overlooked still.

    ``told`` gives what is found in one; ``wanted`` what its first line asks for, and what it lets pass beside that.
    """

    folder: Path
    endings: tuple[str, ...]
    told: Callable[[Path, str], list[str]]
    wanted: Callable[[str], tuple[set[str], set[str]]]

    def snippets(self, kind: str, part: str = "all") -> dict[Path, str]:
        """The snippets of a kind (bad or good) in a part (all, seen or held out)."""
        places = {"all": (self.folder, self.folder / "heldout"), "seen": (self.folder,),
                  "held out": (self.folder / "heldout",)}[part]
        return {path: path.read_text(encoding="utf-8") for place in places for path in sorted((place / kind).iterdir())
                if path.name.endswith(self.endings)}


@dataclass(frozen=True)
class Figures:
    """The counts over one part of a corpus; ``coded`` are the bad snippets found as their first line says."""

    bad: int
    found: int
    coded: int
    good: int
    alarms: int

    @property
    def recall(self) -> float:
        return self.found / self.bad

    @property
    def precision(self) -> float:
        return self.found / (self.found + self.alarms)


def _rules(codes: str) -> list[registry.Rule]:
    return [rule for rule in registry.RULES if re.fullmatch(codes, rule.CODE)]


def _in_step(text: str, rules: list[registry.Rule], *, lines: bool = False) -> list[str]:
    """The codes of the findings in a step of that text, each place once, if asked with its line."""
    script = Script(route=("steps", 0, "run"), text=text, where="step 'one'")
    subject, site = Subject(kind="recipe", scripts=(script,)), load()
    found = {(rule.CODE, hit.within) for rule in rules for hit in rule.check(subject, site)}
    return sorted(f"{code}@{within.line + 1}" if lines and within else code for code, within in found)


def _ldpath(_path: Path, text: str) -> list[str]:
    return _in_step(text, LD_RULES)


def _ldpath_wanted(text: str) -> tuple[set[str], set[str]]:
    return set(re.findall(r"ENV10[1-8]", text.partition("\n")[0])), set()


def _places(path: Path, text: str) -> list[str]:
    if path.suffix == ".sh":
        return _in_step(text, PATH_RULES, lines=True)
    given = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    recipe = path.suffix == ".yaml"
    whole = text + "".join(f"{key}: {value}\n" for key, value in HEAD.items() if recipe and key not in given)
    found = judge(whole.encode(), path, Kind.RECIPE if recipe else Kind.CONTAINERFILE, load(), Policy(),
                  lambda code: code.startswith("PTH")).findings
    return [f"{one.code}@{one.span.line}" for one in found if one.span is not None]


def _places_wanted(text: str) -> tuple[set[str], set[str]]:
    found = PLACED.findall(text.partition("\n")[0].partition(":")[0])
    return {one for mark, one in found if not mark}, {one for mark, one in found if mark}


LD_RULES, PATH_RULES = _rules(r"ENV10[1-8]"), _rules(r"PTH\d+")
CORPORA = {"ld": Corpus(HERE / "ld", (".sh",), _ldpath, _ldpath_wanted),
           "paths": Corpus(HERE / "paths", (".sh", ".yaml", ".Containerfile"), _places, _places_wanted)}


def _is_right(corpus: Corpus, path: Path, text: str) -> bool:
    told, (wanted, passing) = set(corpus.told(path, text)), corpus.wanted(text)
    return wanted <= told <= wanted | passing


def figures(part: str = "all", name: str = "ld") -> Figures:
    """Judge a part of a corpus."""
    corpus = CORPORA[name]
    bad, good = (corpus.snippets(kind, part) for kind in ("bad", "good"))
    return Figures(bad=len(bad), found=sum(bool(corpus.told(path, text)) for path, text in bad.items()),
                   coded=sum(_is_right(corpus, path, text) for path, text in bad.items()),
                   good=len(good), alarms=sum(bool(corpus.told(path, text)) for path, text in good.items()))


def mistakes(name: str = "ld") -> list[str]:
    """What is judged otherwise than a corpus says, for people who mend the reader."""
    corpus = CORPORA[name]
    texts = corpus.snippets("bad") | corpus.snippets("good")
    return [f"{path.relative_to(corpus.folder)}: {corpus.told(path, text)} instead of {sorted(corpus.wanted(text)[0])}"
            for path, text in texts.items() if not _is_right(corpus, path, text)]


def speed() -> float:
    """Snippets in a second, each read anew."""
    texts = [text for kind in ("bad", "good") for text in CORPORA["ld"].snippets(kind).values()]
    _in_step(texts[0], LD_RULES)
    start = time.perf_counter()
    for number in range(3):
        for text in texts:
            _in_step(f"{text}# {number}\n", LD_RULES)
    return 3 * len(texts) / (time.perf_counter() - start)


def table(name: str = "ld") -> str:
    """The figures as a table in Markdown."""
    rows = ["| snippets | bad | found | good | false alarms | precision | recall |", "|---|---|---|---|---|---|---|"]
    for part in ("all", "seen", "held out"):
        one = figures(part, name)
        rows.append(f"| {part} | {one.bad} | {one.found} | {one.good} | {one.alarms} | "
                    f"{one.precision:.1%} | {one.recall:.1%} |")
    return "\n".join(rows)


if __name__ == "__main__":
    for one in CORPORA:
        print(f"{one}\n\n{table(one)}\n", *(mistakes(one) if "--mistakes" in sys.argv else ()), sep="\n")
    print(f"{speed():.0f} snippets/s with LD_LIBRARY_PATH")
