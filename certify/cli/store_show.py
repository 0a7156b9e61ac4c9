"""certify store show: all that the store says about one image."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from certify.cli import options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.store.about import About

_EVIDENCE: Final = {"https://slsa.dev/provenance/v1": "how it was made", "urn:certify:findings:1": "findings",
                    "https://in-toto.io/attestation/test-result/v0.1": "test results",
                    "https://cyclonedx.org/bom": "bill of materials"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(show)


def show(
    image: Annotated[str, typer.Argument(metavar="REF", help="The image; by a tag, those of all its platforms.")],
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    form: options.Output = Format.TEXT,
) -> None:
    """Show what is known of an image that you may use: what it is, who vouches for it until when, who may use it, how to run it.

    Exit code 1 if it should not be used. Signatures are checked where somebody is trusted; certify verify proves all of it.
    """
    from certify.reference import Reference
    from certify.store import about

    trusted = options.need_trust(trust) if trust is not None or options.SYSTEM_TRUST.exists() else None
    found = about.look(options.need_store(store), Reference.parse(image), trusted, datetime.now(UTC))
    if form is Format.JSON:
        output.as_json(map(_plain, found))
    else:
        print("\n\n".join("\n".join(_lines(one)) for one in found))
    if trusted is None:
        output.note("signatures were not checked: name whom to believe with --trust")
    for line in dict.fromkeys(line for one in found for line in about.renamed(one.access.realm)):
        output.note(line)
    if any(one.problems for one in found):
        raise typer.Exit(1)


def _lines(one: About) -> Iterator[str]:
    from certify.report.safe import escaped

    told = [*(("problem", text) for text in one.problems), *_image(one), *_certificate(one), *_standing(one), *_run(one).items()]
    yield escaped(f"{one.entry.name}:{one.entry.tag}  {one.entry.platform}")
    yield from (escaped(f"  {name:<12} {text}") for name, text in told)


def _image(one: About) -> Iterator[tuple[str, str]]:
    from builder.progress import human_size

    entry = one.entry
    yield "reference", f"{entry.name}:{entry.tag}@sha256:{entry.digest}"
    yield "size", f"{human_size(entry.size)} ({entry.size} bytes)"
    yield "tags", ", ".join(one.tags) or "none leads to it"


def _certificate(one: About) -> Iterator[tuple[str, str]]:
    certificate = one.certificate
    yield "valid", f"{certificate.valid_from:%Y-%m-%d} to {certificate.valid_until:%Y-%m-%d}"
    yield "certificate", f"serial {certificate.serial}, profile {certificate.profile}, site {certificate.site}"
    yield "signers", _signers(one)
    yield "verdict", f"{certificate.tests} tests passed, {certificate.errors} errors permitted, {certificate.warnings} warnings"
    for waiver in certificate.waivers:
        yield "waiver", f"{waiver.code} until {waiver.until}, {waiver.owner}: {waiver.reason}"
    yield "evidence", ", ".join(_EVIDENCE.get(each.predicate_type, each.predicate_type) for each in certificate.evidence)


def _standing(one: About) -> Iterator[tuple[str, str]]:
    yield "access", f"{one.access.realm.full}; number {one.access.number}"
    yield "runtime", "sees it" if one.in_sight else "does not see it" + (f": {one.hidden}" if one.hidden else "")
    for hold in one.held or ():
        yield "held", str(hold)


def _run(one: About) -> dict[str, str]:
    from certify.cli.summary import commands

    return commands(one.entry.squashfs, one.entry.digest, dict(one.config.environment), one.config.entrypoint or ("/bin/sh",))


def _signers(one: About) -> str:
    if one.signers is None:
        return "not checked, or not believed"
    return "; ".join(f"{role}: {', '.join(names)}" for role, names in one.signers.items())


def _plain(one: About) -> dict[str, object]:
    from certify.certificate import write_time
    from certify.cli.store_access import plain

    entry = one.entry
    held = None if one.held is None else [
        {"job": each.holder, "until": write_time(each.until) if each.until else None, "reason": each.reason, "by": each.by}
        for each in one.held]
    return {"name": entry.name, "tag": entry.tag, "platform": entry.platform, "digest": f"sha256:{entry.digest}",
            "size": entry.size, "tags": list(one.tags), "certificate": one.certificate.predicate(),
            "signers": None if one.signers is None else {role: list(names) for role, names in one.signers.items()},
            "access": {**plain(one.access.realm), "number": one.access.number}, "in_sight": one.in_sight, "hidden": one.hidden,
            "held": held, "problems": list(one.problems), "squashfs": str(entry.squashfs),
            "run": _run(one)}
