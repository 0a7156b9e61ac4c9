"""The statements that a certificate rests on: provenance, findings, test results, and the bill of materials."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from builder import __version__
from builder.errors import Fault
from builder.recipe.model import TEST_SECONDS
from certify import strictjson
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from builder.recipe import Recipe
    from builder.record import Record
    from certify.examination import Examination, TestResult
    from certify.packages import Inventory
    from certify.sandbox.injecting import Proven
    from certify.startup import Start

BUILD_TYPE: Final = "urn:certify:build:1"
BUILDER: Final = "urn:certify:builder:1"
EXAMINED: Final = "urn:certify:examined:1"      # bytes of unknown making: nothing is said of how they came to be
EXAMINER: Final = "urn:certify:examiner:1"


def statements(examination: Examination, recipe: Recipe, recipe_sha256: str, record: Record | None) -> list[Statement]:
    """All evidence on an image.

    ``recipe_sha256`` is that of the recipe's file as it was read. ``record`` is the signer's own build; without one
    nothing is said of how the image was made.
    """
    told = _provenance(recipe, recipe_sha256, record) if record else _examined(recipe, recipe_sha256)
    title = f"{recipe.name}:{recipe.tag}"
    return [_statement(examination, title, PROVENANCE, told), *found(examination, title, recipe.host_libraries, record)]


def found(examination: Examination, title: str, host_libraries: Sequence[str], record: Record | None = None) -> list[Statement]:
    """The evidence that one's own examination gives of the image with that name and tag: all but the provenance.

    ``host_libraries`` are those of the site that the image was asked to let replace its own.
    """
    made: list[tuple[str, Mapping[str, Any]]] = [
        (FINDINGS, {"findings": [finding.as_json() for finding in examination.findings], "scope": _scope(host_libraries)}),
        (TEST_RESULT, _results(examination)),
    ]
    if examination.inventory is not None:
        made.append((SBOM, _materials(examination, examination.inventory, record)))
    return [_statement(examination, title, kind, predicate) for kind, predicate in made]


def _statement(examination: Examination, title: str, kind: str, predicate: Mapping[str, Any]) -> Statement:
    return Statement(subject=(Subject(name=title, sha256=examination.digest),), predicate_type=kind, predicate=predicate)


def parameters(recipe: Recipe, recipe_sha256: str, key: str) -> dict[str, Any]:
    """What identifies a build in its provenance: the digest of the recipe's file, and the content key."""
    return {"recipe": {"name": recipe.name, "sha256": recipe_sha256}, "key": key}


def _scope(host_libraries: Sequence[str]) -> dict[str, Any]:
    """What was asked of the image besides what is asked of all: whoever examines it again asks the same."""
    return {"certify": __version__, "host_libraries": list(host_libraries)}


def _provenance(recipe: Recipe, recipe_sha256: str, record: Record) -> dict[str, Any]:
    """SLSA provenance v1 (https://slsa.dev/spec/v1.0/provenance)."""
    return {
        "buildDefinition": {
            "buildType": BUILD_TYPE,
            "externalParameters": parameters(recipe, recipe_sha256, record.key),
            "internalParameters": {"isolation": record.isolation, "tools": record.tools, "tree": record.tree,
                                   "resolved": record.resolved},
            "resolvedDependencies": list(_dependencies(record)),
        },
        "runDetails": {
            "builder": {"id": BUILDER, "version": {"certify": __version__}},
            "metadata": {"startedOn": record.started},
        },
    }


def _examined(recipe: Recipe, recipe_sha256: str) -> dict[str, Any]:
    """The same form for an image that was only examined: it claims no build."""
    return {
        "buildDefinition": {
            "buildType": EXAMINED,
            "externalParameters": {"recipe": {"name": recipe.name, "sha256": recipe_sha256}},
            "internalParameters": {},
            "resolvedDependencies": [],
        },
        "runDetails": {"builder": {"id": EXAMINER, "version": {"certify": __version__}}, "metadata": {}},
    }


def _dependencies(record: Record) -> list[dict[str, Any]]:
    packages = [_dependency(_package(one), one["sha256"]) for one in record.packages]
    wheels = [_dependency(_wheel(one["file"]), one["sha256"]) for one in record.wheels]
    sources = [_dependency(one["url"], one["sha256"]) for one in record.sources]
    files = [_dependency(f"file:{quote(one['from'])}", one["sha256"]) for one in record.files]
    bases = [_dependency(one["uri"], one["sha256"]) for one in record.bases]
    return bases + packages + wheels + sources + files


def _dependency(uri: str, sha256: str) -> dict[str, Any]:
    return {"uri": uri, "digest": {"sha256": sha256}}


def _package(one: Mapping[str, str]) -> str:
    if one.get("kind") == "rpm":
        return _rpm(one["name"], one["version"], one["architecture"], one["distribution"])
    return _deb(one["name"], one["version"], one["architecture"])


def _rpm(name: str, version: str, architecture: str, distribution: str) -> str:
    epoch, _, rest = version.rpartition(":")
    vendor = f"{quote(distribution)}/" if distribution else ""
    return f"pkg:rpm/{vendor}{quote(name)}@{quote(rest)}?arch={architecture}" + (f"&epoch={epoch}" if epoch else "")


def _deb(name: str, version: str, architecture: str) -> str:
    return f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={architecture}"


def _wheel(file: str) -> str:
    name, version = [*file.split("-"), ""][:2]
    return f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{quote(version)}?file_name={quote(file)}"


def _materials(examination: Examination, inventory: Inventory, record: Record | None) -> dict[str, Any]:
    """CycloneDX 1.6 (https://cyclonedx.org/bom is its predicate type in in-toto's list)."""
    from certify.sbom.build import document  # CycloneDX's library takes a fifth of a second to load

    made = document(examination.config, examination.digest, inventory, record)
    if len(strictjson.dumps(made)) > strictjson.LIMIT // 2:     # what nobody could read is not signed
        raise Fault(f"the image has too many packages for a bill of materials: {len(inventory.packages)}",
                    hint="real ones do not; look at its package databases")
    return made


def _results(examination: Examination) -> dict[str, Any]:
    """in-toto's test-result v0.1 (https://github.com/in-toto/attestation, spec/predicates/test-result.md).

    ``warnedTests`` are tests that passed with a warning, and a policy may take them for passed: so one that was skipped is
    in no list, and its configuration says why.
    """
    return {
        "result": "FAILED" if examination.failed or examination.faults else "PASSED",
        "configuration": [{"name": test.name, "content": test.run, **_annotated(test)} for test in examination.tests],
        "passedTests": [test.name for test in examination.passed],
        "failedTests": [test.name for test in examination.failed],
        "warnedTests": [],
        **({"host_libraries": [_proven(one) for one in examination.proven]} if examination.proven else {}),
        **_start(examination.start),
    }


def _proven(one: Proven) -> dict[str, Any]:
    """What was loaded with a library of the site that the recipe names; or why that was not tried."""
    if one.lacking:
        return {"library": one.library, "skipped": one.told}
    return {"library": one.library, "folder": one.folder, "files": dict(one.files),
            "loaded": {path: list(names) for path, names in one.loaded.items()}, "refused": list(one.refused)}


def _start(start: Start | None) -> dict[str, Any]:
    """What a start costs and what it may cost, beside the fields that in-toto knows; nothing without a budget."""
    if start is None or start.cost is None:
        return {}
    exit_code = start.wish.test.expect.exit
    return {"start": {"content": start.wish.test.run, **({"exit": exit_code} if exit_code else {}), "budget": start.limits,
                      "cost": asdict(start.cost)}}


def _annotated(test: TestResult) -> dict[str, Any]:
    """What was asked for beside success, and why it was not run; nothing for an ordinary test, as ever."""
    asked = {key: value for key, value in asdict(test.expect).items() if value not in (None, 0)}
    told = {**({"expect": asked} if asked else {}), **({"needs": list(test.needs)} if test.needs else {}),
            **({"timeout": test.timeout} if test.timeout != TEST_SECONDS else {}),
            **({} if test.host_libraries is None else {"host_libraries": list(test.host_libraries)}),
            **({"injected": [asdict(one) for one in test.injected]} if test.injected else {}),
            **({"skipped": test.skipped} if test.skipped else {})}
    return {"annotations": told} if told else {}
