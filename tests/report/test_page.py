"""The page of an image, as a browser would take it apart."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.image import ImageConfig
from builder.recipe import Span
from builder.recipe.model import Expect
from certify.examination import TestResult
from certify.finding import Finding, Related, Severity
from certify.packages import Inventory, Package
from certify.report.page import Seen, render
from certify.report.page.markup import shown
from certify.survey import Survey

EMPTY = {"input", "meta"}
ATTRIBUTES = {"aria-hidden", "aria-label", "aria-labelledby", "aria-live", "autocomplete", "charset", "class", "content", "d",
              "hidden", "height", "href", "http-equiv", "id", "lang", "name", "open", "preserveaspectratio", "role", "scope",
              "spellcheck", "title", "type", "value", "viewbox", "width", "x", "y"}
EVIL = ["<script>alert(1)</script>", "\"><img src=http://x onerror=alert(1)>", "' onclick='x", "</title></style></svg><script>",
        "a\nb\r\x00\x1b[31m", "/opt/\u202egnp.exe", "/x\udcff", "Z" + "\u0301" * 60, "&lt;&#60;", "--><!--", "大" * 300,
        "y" * 9000]


class Page(HTMLParser):
    """Reads a page and insists on every element being closed."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts = [], [], {}
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag):
        return [attributes for one, attributes in self.tags if one == tag]

    def text(self, *tags):
        return "".join("".join(texts) for tag, texts in self.texts.items() if not tags or tag in tags)

    @property
    def structure(self):
        """Elements and their attributes, without what a name may change: its tooltip, and a number that is one of its own."""
        return [(tag, sorted({*attributes} - {"title"}), attributes.get("class")) for tag, attributes in self.tags]


def finding(severity=Severity.ERROR, **told):
    given = {"code": "PTH201", "name": "runtime-owned", "severity": severity, "message": "it is there", "help": "move it"}
    return Finding(**(given | told))


def seen(text="name", **told):
    """An image of which every name holds a text."""
    config = ImageConfig(name="n" + text, version="1", revision=1, platform="p" + text, environment={"V" + text: "v"},
                         entrypoint=("e" + text,), workdir="/" + text)
    parts = {
        "title": "t" + text, "site": "s" + text, "summary": "u" + text, "digest": "0f" * 32, "size": 10_000_000, "config": config,
        "findings": (finding(message="m" + text, path=None, related=(Related("r" + text, "f" + text, Span(1, 1, 1, 2)),)),
                     finding(Severity.WARNING, code="C" + text, name="N" + text, help="h" + text, path="/" + text),
                     finding(Severity.INFO, file="file" + text, span=Span(3, 4, 3, 5))),
        "tests": (TestResult(name="T" + text, run="r" + text, code=1, seconds=0.25, output="o" + text),),
        "inventory": Inventory(packages=(Package(kind="deb", name="k" + text, version="1" + text, licences=("L" + text,)),
                                         Package(kind="python", name="K" + text, version="2" + text, path="/" + text)),
                               notes=("n" + text,), distribution="d" + text),
        "survey": Survey(files=3, size=900, folders=(("/a" + text.replace("/", "_"), 600), ("/b" + text.replace("/", "_"), 300)),
                         packages=(("p" + text, 500),), largest=(("/l" + text, 400),)),
        "host_libraries": (("H" + text, "S" + text),), "commands": {"R" + text: "run"}, "made_at": "A" + text}
    return Seen(**(parts | told))


PLAIN = Page(render(seen())).structure


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=80) | st.text("<>&\"'/=!- \n\t\u202e\u0301\udc80sx;", max_size=80))
def test_no_name_changes_what_the_page_is_made_of(text):
    assert Page(render(seen(text))).structure == PLAIN


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
def test_a_hostile_name_is_shown_and_nothing_more(text):
    page = render(seen(text))
    parsed = Page(page)
    assert parsed.structure == PLAIN
    assert shown("t" + text)[:80] in parsed.text("bdi") and shown("/l" + text)[:40] in parsed.text("code")
    assert len(parsed.all("script")) == 1 and "img" not in dict(parsed.tags)
    assert all(letter.isprintable() or letter == "\n" for letter in page)
    assert page.encode("utf-8")


def test_the_whole_of_a_long_name_is_its_tooltip():
    path = "/" + "long/" * 100 + "end"
    parsed = Page(render(seen(survey=Survey(files=1, size=5, folders=(), packages=(), largest=((path, 5),)))))
    assert {one.get("title") for one in parsed.all("code")} >= {path}
    assert path not in parsed.text() and "end" in parsed.text("code")


def test_it_loads_nothing():
    page = render(seen("http://example.org/x.js"))
    parsed = Page(page)
    attributes = [(name, value) for _, told in parsed.tags for name, value in told.items()]
    assert {name for name, _ in attributes} <= ATTRIBUTES
    assert all(value.startswith("#") for name, value in attributes if name == "href")
    style, script = parsed.text("style"), parsed.text("script")
    assert not re.search(r"url\(|@import|@font-face", style)
    assert not re.search(r"fetch|XMLHttp|import|innerHTML|eval|document\.write", script)


def test_only_its_own_style_and_script_count():
    parsed = Page(render(seen("</script><style>")))
    policy = next(one["content"] for one in parsed.all("meta") if one.get("http-equiv") == "Content-Security-Policy")
    told = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert told["default-src"] == told["base-uri"] == told["form-action"] == "'none'"
    for kind, key in (("style", "style-src"), ("script", "script-src")):
        digest = base64.b64encode(hashlib.sha256(parsed.text(kind).encode()).digest()).decode()
        assert told[key] == f"'sha256-{digest}'"


def test_what_refers_to_a_place_in_it_finds_it():
    parsed = Page(render(seen()))
    keys = Counter(told["id"] for _, told in parsed.tags if "id" in told)
    assert set(keys.values()) == {1}
    wanted = {told["href"][1:] for told in parsed.all("a")}
    assert wanted >= {"findings", "tests", "libraries", "size", "packages", "run"}
    assert wanted | {told["aria-labelledby"] for _, told in parsed.tags if "aria-labelledby" in told} <= set(keys)
    assert all(told.get("scope") for told in parsed.all("th")) and parsed.all("html")[0]["lang"] == "en"


def test_the_same_image_gives_the_same_page():
    environment = {"B": "2", "A": "1", "C": "3"}
    one, other = (seen(config=replace(seen().config, environment=dict(pairs)))
                  for pairs in (environment.items(), reversed(environment.items())))
    assert render(one) == render(other)


def test_of_an_image_of_which_nothing_is_known():
    config = ImageConfig(name="", version="", revision=1, platform="", environment={})
    parsed = Page(render(Seen(title="", config=config, site="")))
    assert "Nothing was found." in parsed.text("p") and "The image was not looked into." in parsed.text("p")
    nothing = Survey(files=0, size=0, folders=(), packages=(), largest=())
    assert Page(render(Seen(title="", config=config, site="", survey=nothing, inventory=Inventory())))


@pytest.mark.parametrize(("told", "words"), [
    ({"findings": (), "tests": ()}, "Would be certified"),
    ({"findings": (finding(Severity.WARNING),), "tests": ()}, "Would be certified"),
    ({"findings": (finding(), finding())}, "Would not be certified: 2 errors and 1 test failed"),
    ({"findings": ()}, "Would not be certified: 1 test failed"),
    ({"findings": (finding(),), "tests": ()}, "Would not be certified: 1 error"),
    ({"findings": (), "tests": (), "looked": False}, "Not looked into: only its tests were run"),
], ids=["fine", "warned", "both", "test", "error", "tests-alone"])
def test_the_verdict(told, words):
    parsed = Page(render(seen(**told)))
    assert words in parsed.texts["p"]
    assert parsed.text("title").startswith(f"tname: {words}")
    assert ("verdict good" in [told.get("class") for told in parsed.all("div")]) == (words == "Would be certified")


def test_a_tree_is_no_squashfs_yet():
    assert "no squashfs yet" in render(seen(digest="")) and "no squashfs yet" not in render(seen())


def test_findings_stand_with_their_cure_under_their_code():
    found = [finding(path=f"/opt/{number}") for number in range(3)] + [finding(Severity.INFO, code="SIZ702", help=None)]
    parsed = Page(render(seen(findings=found)))
    assert parsed.texts["h3"][:2] == ["3 errors", "1 note"]
    assert len(parsed.all("article")) == 2 and parsed.text("bdi").count("move it") == 1
    assert {"certify explain PTH201", "certify explain SIZ702", "/opt/2"} <= set(parsed.texts["code"])


def test_cures_that_differ_stand_beside_their_findings():
    parsed = Page(render(seen(findings=[finding(help="one"), finding(help="two")])))
    assert [text for text in parsed.texts["bdi"] if text in ("one", "two")] == ["one", "two"]


def test_a_place_that_the_message_tells_is_not_told_twice():
    page = render(seen(findings=[finding(message="/opt/x is there", path="/opt/x")], survey=None, inventory=None))
    assert page.count("/opt/x") == 1


@pytest.mark.parametrize("codes", [1, 7, 3000])
def test_ten_thousand_findings_are_counted_and_not_all_shown(codes):
    found = [finding(code=f"C{number % codes}", message=f"<{number}>") for number in range(10_000)]
    page = render(seen(findings=found, survey=None, inventory=None, tests=()))
    left = sum(int(count.replace(",", "")) for count in re.findall(r"<(?:li|p) class=\"more\">and ([\d,]+)", page))
    items = re.findall(r"<li><bdi>&lt;\d+&gt;", page)
    assert len(items) + left == 10_000 and len(items) <= 600 and "10,000 errors" in page
    assert len(page) < 300_000


def test_long_lists_end():
    many = 5000
    names = tuple((f"<{number}>" + "x" * 500, number) for number in range(many))
    packages = tuple(Package(kind="python", name=name, version="1") for name, _ in names)
    output = "line\n" * 9000 + "end"
    page = render(seen(
        tests=[TestResult(name=name, run=name, code=0, seconds=0.0, output=output) for name, _ in names],
        inventory=Inventory(packages=packages, notes=(names[0][0],) * many),
        survey=Survey(files=many, size=many, folders=names, packages=names, largest=names),
        host_libraries=tuple((name, name) for name, _ in names), commands={name: name for name, _ in names}))
    assert Page(page).text("code").count("line") == 39 * 200
    assert len(page) < 4_000_000 and "and 4,600 more" in page and "and 4,800 more" in page


def test_of_a_failed_test_its_output_is_seen_at_once():
    tests = [TestResult(name="good", run="true", code=0, seconds=0.1, output=""),
             TestResult(name="bad", run="false", code=3, seconds=0.1, output="one\n\x1b[31mtwo\n")]
    parsed = Page(render(seen(tests=tests)))
    unfolded = ["open" in told for told in parsed.all("details") if "test" in told.get("class", "").split()]
    assert unfolded == [True, False] and "failed, exit code 3" in parsed.texts["span"]
    assert "one\n\\x1b[31mtwo" in parsed.text("code")


def test_what_was_skipped_and_what_was_expected_is_said():
    gpu = {"needs": ("gpu",), "lacking": ("gpu",), "code": -1}
    given = {"run": "x", "code": 0, "seconds": 0.1, "output": ""}
    tests = [TestResult(**given | {"name": "good"}), TestResult(**given | gpu | {"name": "on a GPU"}),
             TestResult(**given | {"name": "late", "code": -1, "late": True, "timeout": 5}),
             TestResult(**given | {"name": "odd", "expect": Expect(exit=2, output="^a<b>", text="c"), "code": 2,
                                   "matched": False})]
    parsed = Page(render(seen(tests=tests)))
    kinds = [told["class"] for told in parsed.all("details") if "test" in told.get("class", "").split()]
    assert kinds == ["test error", "test error", "test info", "test good"]
    assert {"failed, not over after 5 s", "failed, its output is not what was expected", "skipped", "passed"} <= set(
        parsed.texts["span"])
    words = parsed.text("p", "bdi")
    for line in ("Not run: it needs gpu, which the simulated site does not have.", "Expected: exit code 2.",
                 "Expected in its output: what matches ^a<b>", "Expected in its output: the text c"):
        assert line in words


def test_secrets_are_not_shown():
    token = "glpat-" + "aB3" * 9
    environment = {"GIT": token, "DB_PASSWORD": "it's <me>", "PATH": "/usr/bin"}
    config = replace(seen().config, environment=environment, entrypoint=("login", token))
    commands = {"Shifter": f"run {token} --env " + shlex.quote("DB_PASSWORD=it's <me>"), "Other": "run /usr/bin"}
    page = render(seen(config=config, commands=commands))
    parsed = Page(page)
    assert token not in page and "<me>" not in parsed.text() and "/usr/bin" in parsed.texts["code"]
    assert parsed.texts["p"].count("Not to be copied as it stands: a secret in it is not shown.") == 1


@pytest.mark.parametrize(("line", "why"), [
    ("run 'a\nb'", "it holds what cannot be shown"), ("run " + "x" * 5000, "it is longer than this"), ("run 'a  b' <c>", None),
], ids=["unseen", "long", "plain"])
def test_a_command_that_is_not_shown_as_it_is_says_so(line, why):
    parsed = Page(render(seen(commands={"Shifter": line})))
    assert [text for text in parsed.texts["p"] if "copied" in text] == ([f"Not to be copied as it stands: {why}."] if why else [])
    assert why or line in parsed.texts["code"]


def luminance(colour):
    """As WCAG 2 defines it."""
    digits = colour.lstrip("#") if len(colour) == 7 else "".join(digit * 2 for digit in colour.lstrip("#"))
    parts = [int(digits[place:place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_can_be_told_from_what_is_behind_them(scheme):
    style = Page(render(seen())).text("style")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in blocks[:2])
    seen_by = {name: luminance(colour) for name, colour in (light | (dark if scheme == "dark" else {})).items()}
    pairs = [(front, back) for front in ("ink", "soft", "link") for back in ("paper", "card")]
    pairs += [(kind, back) for kind in ("error", "warning", "info", "good") for back in (f"{kind}-bg", "paper", "card")]
    pairs += [("ink", "code"), ("soft", "code"), *(("ink", f"c{number}") for number in range(8))]
    contrast = {pair: (max(both) + 0.05) / (min(both) + 0.05) for pair in pairs for both in [[seen_by[name] for name in pair]]}
    assert {pair: ratio for pair, ratio in contrast.items() if ratio < 4.5} == {}
