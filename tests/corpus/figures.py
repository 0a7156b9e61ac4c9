"""How well LD_LIBRARY_PATH is found in shell text: precision and recall over the corpus, and the speed.

``python tests/corpus/figures.py`` prints the table of the README.
"""

from __future__ import annotations

import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from certify.rules import registry
from certify.rules.subject import Script, Subject
from certify.site import load

LD = Path(__file__).parent / "ld"
SETS = {"all": (LD, LD / "heldout"), "seen": (LD,), "held out": (LD / "heldout",)}
CODES = re.compile(r"ENV10[1-8]")
RULES = [rule for rule in registry.RULES if CODES.fullmatch(rule.CODE)]


@dataclass(frozen=True)
class Figures:
    """The counts over one part of the corpus; ``coded`` are the bad snippets found under the code they name."""

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


def codes(text: str) -> list[str]:
    """The codes of the findings about LD_LIBRARY_PATH in a step of that text, each place once."""
    script = Script(route=("steps", 0, "run"), text=text, where="step 'one'")
    subject, site = Subject(kind="recipe", scripts=(script,)), load()
    return sorted(code for code, _ in {(rule.CODE, str(hit.within)) for rule in RULES for hit in rule.check(subject, site)})


def expected(text: str) -> list[str]:
    """The codes that the first line of a bad snippet names."""
    return CODES.findall(text.partition("\n")[0])


def snippets(folder: str, *places: Path) -> dict[Path, str]:
    """The snippets of a kind (bad or good) in these places."""
    return {path: path.read_text(encoding="utf-8") for place in places for path in sorted((place / folder).glob("*.sh"))}


def figures(part: str = "all") -> Figures:
    """Judge a part of the corpus."""
    bad, good = (snippets(kind, *SETS[part]) for kind in ("bad", "good"))
    given = [(codes(text), expected(text)) for text in bad.values()]
    return Figures(bad=len(bad), found=sum(bool(told) for told, _ in given),
                   coded=sum(sorted(set(told)) == sorted(wanted) for told, wanted in given),
                   good=len(good), alarms=sum(bool(codes(text)) for text in good.values()))


def mistakes() -> list[str]:
    """What is judged otherwise than the corpus says, for people who mend the reader."""
    bad, good = (snippets(kind, *SETS["all"]) for kind in ("bad", "good"))
    wrong = [(path, codes(text), expected(text)) for path, text in bad.items()]
    wrong += [(path, codes(text), []) for path, text in good.items()]
    return [f"{path.relative_to(LD)}: {told} instead of {wanted}" for path, told, wanted in wrong
            if sorted(set(told)) != sorted(wanted)]


def speed() -> float:
    """Snippets in a second, each read anew."""
    texts = [text for kind in ("bad", "good") for text in snippets(kind, *SETS["all"]).values()]
    codes(texts[0])
    start = time.perf_counter()
    for number in range(3):
        for text in texts:
            codes(f"{text}# {number}\n")
    return 3 * len(texts) / (time.perf_counter() - start)


def table() -> str:
    """The figures as a table in Markdown."""
    rows = ["| snippets | bad | found | good | false alarms | precision | recall |", "|---|---|---|---|---|---|---|"]
    for part in SETS:
        one = figures(part)
        rows.append(f"| {part} | {one.bad} | {one.found} | {one.good} | {one.alarms} | "
                    f"{one.precision:.1%} | {one.recall:.1%} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
    print(f"\n{speed():.0f} snippets/s", *(mistakes() if "--mistakes" in sys.argv else ()), sep="\n")
