"""Images that buildah makes without any RUN: what their configuration says is what was read of the Containerfile.

Left out is where BuildKit differs from buildah 1.28 (certify/containerfile tells whom the reader follows): here-documents,
``${a-b}`` without a colon, two backslashes at the end of a line, another escape character within words, the case of a
stage's name, and the arguments of a parent stage.
"""

from __future__ import annotations

import base64
import json
import os
import posixpath
import random
import shlex
import subprocess

import pytest
from tools import needs

pytestmark = [pytest.mark.integration, needs("buildah"),
              pytest.mark.skipif(os.geteuid() != 0 and "CI" not in os.environ, reason="only root builds")]

ALONE = ("unshare", "-m", "-p", "-n", "-f", "--kill-child", "--mount-proc")      # nothing of it outlives a test
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"           # what buildah sets where nothing does


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Builds a text; its configuration, or None if buildah refuses it."""
    folder = tmp_path_factory.mktemp("buildah")
    root, file, made = folder / "root", folder / "Containerfile", folder / "image"
    (folder / "context").mkdir()

    def build(text):
        file.write_bytes(text.encode())
        made.unlink(missing_ok=True)
        subprocess.run([*ALONE, "buildah", "--root", root, "--runroot", folder / "run", "--storage-driver", "vfs", "bud",
                        "--identity-label=false", "--format=docker", "--quiet", "--file", file, "--iidfile", made,
                        folder / "context"], check=False, capture_output=True, env={**os.environ, "TMPDIR": str(folder)})
        if not made.exists():
            return None
        digest = made.read_text().strip()
        name = "=" + base64.b64encode(digest.encode()).decode()
        return json.loads((root / "vfs-images" / digest.removeprefix("sha256:") / name).read_text())["config"]

    assert build("FROM scratch\nENV A=b\n") is not None
    return build


def environment(config):
    found = dict(one.split("=", 1) for one in config["Env"])
    return {name: value for name, value in found.items() if (name, value) != ("PATH", PATH)}


def kept(subject):
    return {variable.name: variable.value for variable in subject.variables if variable.lasting and variable.shipped}


def last(subject, what):
    return [posixpath.normpath(put.path) for put in subject.puts if put.what == what and put.shipped]


def argv(words):
    return tuple(shlex.split(words[-1])) if words[:2] == ["/bin/sh", "-c"] else tuple(words)


PLAIN = ["a", "/opt/x", "é", ":", ",", "#", "=", "*", "[x]", "{", "}", "&&", "$", "%", "$A.", "${B}", "${A}", "$E", "${E:-d}",
         "${A:-d}", "${N:-d/e}", "${N:-${A:-f}}", "${N:-$B}", "${A:+s}", "${E:+s}", "${N:+s}x", "${A:+$B}"]
QUOTED = ["'q r'", "''", "'$A'", "'\\'", "'\"'", '"q  r"', '""', '"\\""', '"\\\\"', '"\\n"', '"it\'s"', '"$A ${B}"',
          '"${N:-x y}"', '"\\$A"']
ESCAPED = ["\\ ", "\\'", '\\"', "\\n", "\\$", "\\\\x", "\\$A", "\\${A}"]


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_four_hundred_words(parse, built, old):
    draw = random.Random(20)
    words = ["".join(draw.choices([*PLAIN, *QUOTED, *ESCAPED], k=draw.choice([1, 2, 3]))) for _ in range(400)]
    form = "LABEL v{} {} {}" if old else "ENV v{}={} w{}=x"
    lines = [form.format(number, word, number) for number, word in enumerate(words)]
    text = "FROM scratch\nENV A=a B=\"b c\" E= N=\n" + "\n".join(lines) + "\n"
    _, subject = parse(text)
    config = built(text)
    assert len(kept(subject)) == (4 if old else 804)
    assert kept(subject) == environment(config)
    assert {key: value for _, key, value in subject.labels} == (config["Labels"] or {})


SAME = {
    "lines": "\ufeff# syntax=x\n#  escape = \\\n\n  # c\nfrom\tscratch\n\tEnv A=b \\\n# c\n\n   # d\n  C=d \\  \n E=f\n"
             "LABEL a=b \\\n\\\n c=d\nENV F=g \\",
    "lines of others": "# escape=`\r\nFROM scratch\r\nENV A=/x `\r\n  B=c\r\nWORKDIR /a`\r\nb\r\n",
    "old forms": "FROM scratch\nENV A  b \"c\"  'd' \nLABEL x  y z\nENV B $A\tq\n",
    "names": "FROM scratch\nENV A=N\nENV $A=1 ${A}_2=${N:-n} 'C'=d \"E F\"=g\nLABEL $A=x \"y z\"=$N\n",
    "arguments": "ARG G=g\nARG H=$G/h\nARG E=\nFROM scratch\nARG G\nARG H=i\nARG E\nARG P=p\nENV P=env A=$G$H$E$P\nENV B=$P\n"
                 "ARG P=q\nENV C=$P\nARG H\nENV D=$H\n",
    "no scope": "ARG G=g\nFROM scratch AS a\nARG L=l\nENV A=x${L}y\nFROM scratch\nARG L=\nARG G=\nENV A=x${G}${L}y\n",
    "base": "ARG V=atch\nARG W\nFROM --platform=linux/amd64 scr${V}\nENV A=b\n",
    "stages": "FROM scratch AS a\nENV A=1\nFROM scratch AS b\nENV B=2\nFROM a AS c\nENV C=$A${B:-x}\nFROM 0\nENV D=4\n"
              "FROM c\nENV E=$C\n",
    "inherited": "FROM scratch AS a\nWORKDIR /a/./b\nWORKDIR ../c\nENV D=d V=/v\nWORKDIR \"$D e\"\nUSER one\nARG U=me\n"
                 "USER ${U}:\"g\"\nVOLUME $V/a ${V}b\nCMD [\"x\"]\nENTRYPOINT a  b\n"
                 "FROM a\nWORKDIR f g/\nVOLUME [ \"$V/c\",\"/d e\" ]\nENTRYPOINT [\"c\", \"\\u00e9 $A\"]\n",
    "not quite JSON": "FROM scratch\nENTRYPOINT []\nCMD ['a', 'b']\nSHELL [\"/bin/bash\", \"-c\"]\n",
    "onbuild": "FROM scratch AS a\nENV A=1\nONBUILD WORKDIR /t\nONBUILD USER u\nONBUILD LABEL l=$A\nONBUILD CMD [\"k\"]\n"
               "CMD [\"own\"]\nFROM a\nWORKDIR x\n",
    "not yet": "FROM scratch\nUSER a\nCMD [\"b\"]\nONBUILD USER c\nONBUILD CMD d\nONBUILD LABEL e=f\n",
}


@pytest.mark.parametrize("name", SAME)
def test_a_file_means_the_same(parse, built, name):
    _, subject = parse(SAME[name])
    config = built(SAME[name])
    assert kept(subject) == environment(config)
    assert {key: value for _, key, value in subject.labels} == (config.get("Labels") or {})
    assert [user for _, user in subject.users][-1:] == [config["User"]][:bool(config["User"])]
    assert last(subject, "WORKDIR")[-1:] == [config["WorkingDir"].rstrip("/")][:bool(config["WorkingDir"])]
    assert set(last(subject, "VOLUME")) == set(config.get("Volumes") or {})
    assert {words for _, words in subject.starts} == {argv(config[key]) for key in ("Cmd", "Entrypoint") if config[key]}


REFUSED = [
    "# escape=`\n# escape=`\nFROM scratch\n", "# escape=x\nFROM scratch\n", "ENV A=b\n",
    "FROM scratch\nFOO a\n", "FROM scratch\nENV A='b\n", "FROM scratch\nENV A=${B^^}\n", "FROM scratch\nENV A=b c\n",
    "FROM scratch\nUSER it's\n", "FROM scratch\nCMD [\"a\", 1]\n", "FROM scratch\nVOLUME []\n",
    "FROM scratch\nHEALTHCHECK a\n", "FROM scratch\nHEALTHCHECK NONE a\n",
    "FROM scratch\nCOPY --from=3 a b\n", "FROM scratch\nONBUILD ONBUILD ENV a=b\n",
    "FROM scratch\nEXPOSE '\n",
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_what_is_refused_is_a_fault(parse, built, number):
    document, _ = parse(REFUSED[number], clean=False)
    assert len(document.problems) == 1
    assert built(REFUSED[number]) is None
