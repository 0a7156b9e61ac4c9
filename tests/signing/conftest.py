"""Keys for the tests of signatures."""

from __future__ import annotations

import pytest

from certify.signing import Signer, generate


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name in ("one", "two", "three"):
        generate(folder / name)
    return folder


@pytest.fixture(scope="session")
def signers(keys):
    return {name: Signer.load(keys / name) for name in ("one", "two", "three")}
