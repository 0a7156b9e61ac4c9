"""What a ship costs, side by side with the plain tools, each pair in one run: ratios, not seconds, are what counts.

``make bench`` runs it, as root, on a machine that does nothing else, and writes tests/bench/build.md and build.json.

1. whole: recipes/astro-python from nothing to the store, against mmdebstrap + ``buildah bud`` + mksquashfs with the same options
2. nothing to do: a second ship, against a ``buildah bud`` that finds every step in its cache
3. incremental: a change in the last step, against the whole ship
4. an image made elsewhere: from an OCI layout to the store, against the way of Shifter's gateway (skopeo, umoci, mksquashfs
   as it comes) and against ``ch-convert``
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CERTIFY = Path(sys.executable).parent / "certify"
SUITE = "bookworm"
PACKAGES = ("python3", "python3-venv", "ca-certificates", "fonts-dejavu-core")
QUIET = ("-noappend", "-no-progress", "-quiet")
PACK = ("-comp", "zstd", "-Xcompression-level", "3", "-b", "131072", "-all-root", "-no-xattrs", *QUIET)
AUTHORITIES = "/run/authorities.crt"     # those that the machine trusts: its way out may go through a proxy of its own
CONTAINERFILE = f"""\
FROM scratch
ADD base.tar /
RUN apt-get update && apt-get install -y --no-install-recommends {' '.join(PACKAGES)} && rm -rf /var/lib/apt/lists/*
COPY requirements.txt /tmp/requirements.txt
RUN python3 -m venv /opt/astro && \\
    /opt/astro/bin/pip install --no-cache-dir --cert {AUTHORITIES} --require-hashes -r /tmp/requirements.txt
COPY tests /opt/astro/share/tests
ENV PATH=/opt/astro/bin:/usr/bin:/bin
"""


class Bench:
    """The measurements of one run, in a folder that is gone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.seconds, self.bytes = folder, dict[str, float](), dict[str, int]()
        places = {"CERTIFY_CACHE": "cache", "CERTIFY_OUT": "out", "CERTIFY_STORE": "store", "CERTIFY_KEY": "key",
                  "CERTIFY_TRUST": "key.pub", "TMPDIR": "tmp"}
        # Both sides have their wheels from the same place.
        mine = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        fair = {"PIP_CONFIG_FILE": os.devnull, "PIP_CERT": authorities()}
        self.env = {**mine, **fair, **{name: str(folder / place) for name, place in places.items()}}
        (folder / "tmp").mkdir()
        self.run(CERTIFY, "key", "generate", folder / "key")

    def run(self, *argv: object, cwd: Path | None = None) -> str:
        """Run a program to its good end; its standard output."""
        words = [str(word) for word in argv]
        done = subprocess.run(words, env=self.env, cwd=cwd, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def timed(self, name: str, *argv: object, cwd: Path | None = None) -> str:
        """As ``run``; its seconds are added to those of a name."""
        begin = time.monotonic()
        said = self.run(*argv, cwd=cwd)
        self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - begin
        print(f"{name:<60} {self.seconds[name]:8.1f} s", file=sys.stderr)
        return said

    def buildah(self, *words: object) -> tuple[object, ...]:
        """The argv of a buildah with a storage of its own."""
        return ("buildah", "--root", self.folder / "storage", "--runroot", self.folder / "runroot",
                "--storage-driver", "overlay", *words)

    def ship(self, name: str, recipe: Path, *words: object) -> None:
        """Time a ship."""
        said = self.timed(name, CERTIFY, "ship", recipe, "--format", "json", *words)
        self.bytes[name] = json.loads(said)["results"][0]["size"]

    def plain(self) -> None:
        """The plain tools' way to the same stack, and the same again from their cache."""
        name, context = "mmdebstrap + buildah bud + mksquashfs", self.folder / "context"
        shutil.copytree(ROOT / "recipes/astro-python", context)
        (context / "Containerfile").write_text(CONTAINERFILE)
        self.timed(name, "mmdebstrap", "--variant=minbase", SUITE, context / "base.tar")
        bud = self.buildah("bud", "--layers", "--isolation", "oci", "--runtime", "runc", "--network", "host",
                           "--volume", f"{authorities()}:{AUTHORITIES}:ro", "-t", "astro", context)
        self.timed(name, *bud)
        container = self.run(*self.buildah("from", "astro")).strip()
        tree = self.run(*self.buildah("mount", container)).strip()
        self.timed(name, "mksquashfs", tree, self.folder / "plain.squashfs", *PACK)
        self.timed("buildah bud, all in its cache", *bud)
        self.bytes["mksquashfs zstd-3"] = (self.folder / "plain.squashfs").stat().st_size
        self.run(*self.buildah("push", "astro", f"oci:{self.folder / 'layout'}:astro"))
        self.timed("(a tar of the image, for ch-convert)", "tar", "--create", "--gzip", "--file", self.folder / "image.tar.gz",
                   "--directory", tree, ".")
        self.run(*self.buildah("rm", "-a"))

    def ours(self) -> None:
        """Our way: from nothing, with nothing to do, with another last step."""
        recipe = self.folder / "recipes/astro-python"
        shutil.copytree(ROOT / "recipes/astro-python", recipe)
        self.ship("certify ship", recipe)
        self.ship("certify ship, nothing to do", recipe)
        text = (recipe / "recipe.yaml").read_text()
        (recipe / "recipe.yaml").write_text(text.replace('version: "2026.11"', 'version: "2026.12"')
                                            + 'steps:\n  - {name: last, run: "echo changed > /opt/astro/share/note"}\n')
        self.ship("certify ship, another last step", recipe)

    def elsewhere(self) -> None:
        """From an OCI layout to an image that a runtime mounts."""
        manifest = json.loads((self.folder / "layout/index.json").read_text())["manifests"][0]["digest"]
        recipe = self.folder / "recipes/elsewhere"
        recipe.mkdir()
        (recipe / "recipe.yaml").write_text(
            f'schema: 1\nname: elsewhere\nversion: "1.0"\nsummary: An image made elsewhere\nlicense: MIT\naccess: public\n'
            f'base: {{image: "oci:layout@{manifest}"}}\n'
            'tests:\n  - {name: imports, run: /opt/astro/bin/python -c "import numpy"}\n')
        site = json.loads(self.run(CERTIFY, "site", "show"))
        (self.folder / "site.json").write_text(json.dumps({**site, "layouts": {"layout": str(self.folder / "layout")}}))
        self.ship("certify ship of an OCI image", recipe, "--site", self.folder / "site.json")
        name = "gateway: skopeo, umoci, mksquashfs"
        self.timed(name, "skopeo", "copy", f"oci:{self.folder / 'layout'}:astro", f"oci:{self.folder / 'copied'}:astro")
        self.timed(name, "umoci", "unpack", "--image", f"{self.folder / 'copied'}:astro", self.folder / "bundle")
        self.timed(name, "mksquashfs", self.folder / "bundle/rootfs", self.folder / "gateway.squashfs", *QUIET)
        self.timed("ch-convert", "ch-convert", self.folder / "image.tar.gz", self.folder / "ch.sqfs")
        for name, file in (("gateway", "gateway.squashfs"), ("ch-convert", "ch.sqfs")):
            self.bytes[name] = (self.folder / file).stat().st_size


def authorities() -> str:
    """The file with the certificates that this machine trusts."""
    paths = ssl.get_default_verify_paths()
    return os.environ.get("PIP_CERT") or paths.cafile or paths.openssl_cafile


PAIRS = (("certify ship", "mmdebstrap + buildah bud + mksquashfs"),
         ("certify ship, nothing to do", "buildah bud, all in its cache"),
         ("certify ship, another last step", "certify ship"),
         ("certify ship of an OCI image", "gateway: skopeo, umoci, mksquashfs"),
         ("certify ship of an OCI image", "ch-convert"))


def table(bench: Bench, tools: dict[str, str]) -> str:
    """The figures as markdown."""
    lines = ["| ours | s | theirs | s | ours / theirs |", "|---|---|---|---|---|"]
    for ours, theirs in PAIRS:
        one, other = bench.seconds[ours], bench.seconds[theirs]
        lines.append(f"| {ours} | {one:.1f} | {theirs} | {other:.1f} | {one / other:.2f} |")
    lines += ["", "| image | MB |", "|---|---|", *(f"| {name} | {size / 1e6:.0f} |" for name, size in bench.bytes.items())]
    said = "; ".join(f"{tool}: {text}" for tool, text in tools.items())
    return "\n".join([*lines, "", f"{os.cpu_count()} cores, Python {platform.python_version()}. {said}."]) + "\n"


def versions() -> dict[str, str]:
    """What the tools say of their versions."""
    flags = {"mksquashfs": "-version"}
    said = {tool: subprocess.run([tool, flags.get(tool, "--version")], capture_output=True, text=True, check=False)
            for tool in ("buildah", "runc", "mmdebstrap", "mksquashfs", "skopeo", "umoci", "ch-convert")}
    return {tool: (done.stdout or done.stderr).strip().partition("\n")[0] for tool, done in said.items()}


def main() -> None:
    """Measure, print a table, and write it down."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", "/var/tmp")) as top:
        bench = Bench(Path(top))
        try:
            bench.plain()
            bench.ours()
            bench.elsewhere()
        finally:        # its mounts would hold the folder
            subprocess.run([str(word) for word in bench.buildah("rm", "--all")], capture_output=True, check=False)
    tools = versions()
    found = {"seconds": bench.seconds, "bytes": bench.bytes, "tools": tools}
    (HERE / "build.json").write_text(json.dumps(found, indent=2) + "\n")
    text = table(bench, tools)
    (HERE / "build.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
