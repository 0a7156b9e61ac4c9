"""A plan as plain data, for ``certify run --plan`` and ``--why``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from certify.sandbox import why
from certify.sandbox.identity import Group

if TYPE_CHECKING:
    from builder.rootfs import Root
    from certify.sandbox.places import Place
    from certify.sandbox.plan import Plan


def as_json(plan: Plan, root: Root, path: str | None) -> dict[str, Any]:
    """The whole plan; or, with a path, what stands there. ``root`` is the image."""
    if path is not None:
        return why.explain(plan, root, path).as_json()
    identity = plan.identity
    return {
        "places": [_place(place) for place in plan.places],
        "dropped": [{"path": one.path, "why": one.why} for one in plan.dropped],
        "environment": [{"name": name, "value": value, "why": plan.origins.get(name, "")}
                        for name, value in sorted(plan.environment.items())],
        "missing": [{"name": name, "why": reason} for name, reason in sorted(plan.missing.items())],
        "identity": {"uid": plan.ids[0], "gid": plan.ids[1], "name": "root" if plan.as_root else identity.name,
                     "home": identity.home, "groups": [{"gid": one.gid, "name": one.name} for one in _groups(plan)]},
        "capabilities": list(plan.capabilities),
        "workdir": plan.workdir,
        "command": list(plan.command),
        "network": plan.network,
    }


def _groups(plan: Plan) -> tuple[Group, ...]:
    return (Group(gid=0, name="root"),) if plan.as_root else plan.identity.memberships


def _place(place: Place) -> dict[str, Any]:
    content = {"content": place.content} if place.content else {}
    return {"path": place.path, "kind": place.kind, "why": place.why, "writable": place.kind in why.WRITABLE, **content}
