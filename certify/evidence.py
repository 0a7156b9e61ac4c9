"""The statements that a certificate rests on: provenance, findings, test results, and the bill of materials."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from builder import __version__
from builder.errors import Fault
from certify import strictjson
from certify.statement import FINDINGS, PROVENANCE, SBOM, TEST_RESULT, Statement, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.recipe import Recipe
    from builder.record import Record
    from certify.examination import Examination
    from certify.packages import Inventory

BUILD_TYPE: Final = "urn:certify:build:1"
BUILDER: Final = "urn:certify:builder:1"
EXAMINED: Final = "urn:certify:examined:1"      # bytes of unknown making: nothing is said of how they came to be
EXAMINER: Final = "urn:certify:examiner:1"


def statements(examination: Examination, recipe: Recipe, recipe_sha256: str, record: Record | None) -> list[Statement]:
    """All evidence on an image.

    ``recipe_sha256`` is that of the recipe's file as it was read. ``record`` is the signer's own build; without one
    nothing is said of how the image was made.
    """
    subject = (Subject(name=f"{recipe.name}:{recipe.tag}", sha256=examination.digest),)
    made: list[tuple[str, Mapping[str, Any]]] = [
        (PROVENANCE, _provenance(recipe, recipe_sha256, record) if record else _examined(recipe, recipe_sha256)),
        (FINDINGS, {"findings": [finding.as_json() for finding in examination.findings], "scope": _scope(recipe)}),
        (TEST_RESULT, _results(examination)),
    ]
    if examination.inventory is not None:
        made.append((SBOM, _materials(examination, examination.inventory, record)))
    return [Statement(subject=subject, predicate_type=kind, predicate=predicate) for kind, predicate in made]


def parameters(recipe: Recipe, recipe_sha256: str, key: str) -> dict[str, Any]:
    """What identifies a build in its provenance: the digest of the recipe's file, and the content key."""
    return {"recipe": {"name": recipe.name, "sha256": recipe_sha256}, "key": key}


def _scope(recipe: Recipe) -> dict[str, Any]:
    """What was asked of the image besides what is asked of all: whoever examines it again asks the same."""
    return {"certify": __version__, "host_libraries": list(recipe.host_libraries)}


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
    """in-toto's test-result v0.1 (https://github.com/in-toto/attestation, spec/predicates/test-result.md)."""
    return {
        "result": "FAILED" if examination.failed else "PASSED",
        "configuration": [{"name": test.name, "content": test.run} for test in examination.tests],
        "passedTests": [test.name for test in examination.tests if test.passed],
        "failedTests": [test.name for test in examination.failed],
        "warnedTests": [],
    }
