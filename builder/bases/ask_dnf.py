"""Ask the machine's own dnf which packages a tree needs, and fetch them; it answers a question in JSON with JSON.

Runs by the system's python3, whose dnf is a module of it, so nothing of the builder is imported here. The tree is a
folder with no more than a package database and keys. Of this machine's dnf.conf, repositories and plugins nothing is used.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import dnf  # type: ignore[import-not-found]
import dnf.exceptions  # type: ignore[import-not-found]
import dnf.repo  # type: ignore[import-not-found]
import hawkey  # type: ignore[import-not-found]

Answer = dict[str, Any]


class Refused(Exception):
    """What cannot be answered: its kind, and what to say of it."""


def opened(question: Answer) -> Any:  # noqa: ANN401
    """A dnf that knows the tree and its repositories."""
    base = dnf.Base()
    conf = base.conf
    conf.installroot, conf.cachedir = question["root"], question["cache"]
    conf.logdir, conf.persistdir = question["scratch"], question["scratch"]
    conf.substitutions["releasever"] = question["release"]
    # Weak dependencies are left out as apt's recommendations are; the index is that of this moment.
    conf.install_weak_deps, conf.metadata_expire, conf.assumeyes, conf.keepcache = False, 0, True, True
    for option in ("module_platform_id", "proxy", "sslcacert"):
        if question[option]:
            setattr(conf, option, question[option])
    for name, options in question["repositories"].items():
        repository = dnf.repo.Repo(name, conf)
        for option, value in options.items():
            setattr(repository, option, value)
        repository.pkgdir = question["folder"]
        base.repos.add(repository)
    base.fill_sack()
    return base


def resolve(base: Any, question: Answer) -> Answer:  # noqa: ANN401
    """What the wanted packages bring to the tree, each with the sha256 that its repository's index says."""
    try:
        base.install_specs(question["wanted"])
    except dnf.exceptions.MarkingErrors as error:
        names = [*error.no_match_pkg_specs, *error.error_pkg_specs, *error.no_match_group_specs]
        raise Refused("unknown", ", ".join(names)) from error
    try:
        base.resolve()
    except dnf.exceptions.DepsolveError as error:
        raise Refused("conflict", str(error)) from error
    return {"packages": [told(package) for package in base.transaction.install_set]}


def told(package: Any) -> Answer:  # noqa: ANN401
    """A package in words."""
    kind, value = package.chksum
    if hawkey.chksum_name(kind) != "sha256":
        raise Refused("conflict", f"repository {package.repoid} has no sha256 for {package}")
    version = f"{package.epoch}:" * bool(package.epoch) + f"{package.version}-{package.release}"
    return {"name": package.name, "version": version, "architecture": package.arch, "sha256": value.hex(),
            "repository": package.repoid, "size": package.downloadsize}


def fetch(base: Any, question: Answer) -> Answer:  # noqa: ANN401
    """Download these very packages, and check their signatures as their repositories say."""
    wanted = {(one["name"], one["sha256"]) for one in question["packages"]}
    names = sorted(one["name"] for one in question["packages"])
    found = {(package.name, package.chksum[1].hex()): package for package in base.sack.query().available().filter(name=names)}
    gone = sorted(name for name, sha256 in wanted - set(found))
    if gone:
        raise Refused("vanished", ", ".join(gone))
    packages = [found[one] for one in sorted(wanted)]
    base.download_packages(packages)
    for package in packages:
        check(base, package)
    return {"files": {package.chksum[1].hex(): Path(package.localPkg()).name for package in packages}}


def check(base: Any, package: Any) -> None:  # noqa: ANN401
    """Check a signature, if the repository is a signed one, with the keys that the tree names for it."""
    result, message = base.package_signature_check(package)
    if result == 1:
        try:
            base.package_import_key(package, fullaskcb=lambda _: True)
        except (dnf.exceptions.Error, ValueError, OSError) as error:
            raise Refused("unsigned", str(error)) from error
        result, message = base.package_signature_check(package)
    if result:
        raise Refused("unsigned", message)


def main() -> None:
    """Answer one question."""
    question = json.load(sys.stdin)
    logging.disable(logging.CRITICAL)
    try:
        with opened(question) as base:
            answer = (fetch if "packages" in question else resolve)(base, question)
    except Refused as error:
        answer = {"refused": error.args[0], "message": error.args[1]}
    except (dnf.exceptions.RepoError, dnf.exceptions.DownloadError) as error:
        answer = {"refused": "network", "message": str(error)}
    except dnf.exceptions.Error as error:
        answer = {"refused": "failed", "message": str(error)}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
