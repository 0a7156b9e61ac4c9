"""Findings as JUnit's XML: a suite for each file, a failed case for each finding, a passed one for a clean file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from certify.report.safe import escaped

if TYPE_CHECKING:
    from certify.finding import Finding
    from certify.lint.outcome import Failure, Outcome


def render(outcome: Outcome) -> str:
    """The document. XML cannot hold control characters at all: they are shown as escapes."""
    files: dict[str, list[Finding]] = {file: [] for file in outcome.files}
    failures = {failure.path: failure for failure in outcome.failures}
    for finding in outcome.findings:
        files.setdefault(finding.file or finding.path or "", []).append(finding)
    root = ET.Element("testsuites", name="certify lint", tests="0", failures=str(len(outcome.findings)),
                      errors=str(len(failures)))
    for file in [*files, *(path for path in failures if path not in files)]:
        _suite(root, escaped(outcome.relative(file)), files.get(file, []), failures.get(file))
    root.set("tests", str(len(root.findall("testsuite/testcase"))))
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode").replace("##[", "#&#35;[")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(root: ET.Element, name: str, findings: list[Finding], failure: Failure | None) -> None:
    suite = ET.SubElement(root, "testsuite", name=name, tests=str(max(1, len(findings) + (failure is not None))),
                          failures=str(len(findings)), errors=str(int(failure is not None)))
    for finding in findings:
        line = f":{finding.span.line}:{finding.span.column}" if finding.span is not None else ""
        case = ET.SubElement(suite, "testcase", classname=name, name=f"{finding.code}{line}")
        failed = ET.SubElement(case, "failure", type=str(finding.severity), message=escaped(finding.message))
        failed.text = f"{name}{line}: {finding.code} {escaped(finding.message)}"
        if finding.help:
            failed.text += f"\n{escaped(finding.help)}"
    if failure is not None:
        case = ET.SubElement(suite, "testcase", classname=name, name="read")
        ET.SubElement(case, "error", message=escaped(failure.message))
    if not findings and failure is None:
        ET.SubElement(suite, "testcase", classname=name, name="lint")
