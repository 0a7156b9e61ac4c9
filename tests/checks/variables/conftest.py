"""What the tests of the checks on variables share: scripts that set one, and scripts that do not."""

from __future__ import annotations

import pytest

from certify.checks import registry

SHEBANGS = {"sh": "#!/bin/sh\n", "bash": "#!/usr/bin/env bash\n", "python": "#!/opt/x/bin/python3.11\n",
            "perl": "#!/usr/bin/perl -w\n", "ruby": "#!/usr/bin/env ruby\n"}
WRAPPERS = [
    ("sh", 'LD_LIBRARY_PATH=/opt/x/lib exec /opt/x/libexec/x "$@"\n'),
    ("sh", 'exec env LD_LIBRARY_PATH=/opt/x/lib /opt/x/libexec/x "$@"\n'),
    ("sh", "\nexport LD_LIBRARY_PATH=/opt/x/lib:$LD_LIBRARY_PATH\n/opt/x/libexec/x\n"),
    ("bash", 'v=LD_LIBRARY; export ${v}_PATH=/opt/x/lib\nexec x "$@"\n'),
    ("bash", 'if [ -z "$LD_LIBRARY_PATH" ]; then\n  export LD_LIBRARY_PATH="$HERE/lib"\nfi\n'),
    ("python", "import os\nos.environ['LD_LIBRARY_PATH'] = '/opt/x/lib'\n"),
    ("python", "import os\nos.environ[\"LD_LIBRARY_PATH\"] += ':/opt/x/lib'\n"),
    ("python", "os.putenv('LD_LIBRARY_PATH', lib)\n"),
    ("python", "subprocess.run(x, env=dict(os.environ, LD_LIBRARY_PATH=lib))\n"),
    ("perl", "$ENV{LD_LIBRARY_PATH} = '/opt/x/lib';\n"), ("perl", '$ENV{"LD_LIBRARY_PATH"} .= ":/opt/x/lib";\n'),
    ("ruby", 'ENV["LD_LIBRARY_PATH"] = "/opt/x/lib"\n'),
]
QUIET = [
    ("sh", "unset LD_LIBRARY_PATH\n"), ("sh", "# export LD_LIBRARY_PATH=/x\n"), ("sh", "LD_LIBRARY_PATH= exec x\n"),
    ("sh", "env -u LD_LIBRARY_PATH x\n"),
    ("sh", "echo \"set LD_LIBRARY_PATH=/x first\"\n"), ("sh", '[ -n "$LD_LIBRARY_PATH" ] && exit\n'),
    ("sh", 'old=$LD_LIBRARY_PATH\nunset LD_LIBRARY_PATH\nx\nexport LD_LIBRARY_PATH="$old"\n'),
    ("sh", 'export LD_LIBRARY_PATH="$OLD_LD_LIBRARY_PATH"\n'), ("sh", "export MY_LD_LIBRARY_PATH=/x DYLD_LIBRARY_PATH=/x\n"),
    ("bash", 'if [ -n "$CONDA_BUILD" ]; then\n  export LD_LIBRARY_PATH=/x\nfi\n'),
    ("bash", '[[ "$CONDA_BUILD" == 1 ]] && export LD_LIBRARY_PATH=/x\n'),
    ("bash", '[ -z "${CONDA_BUILD}" ] || export LD_LIBRARY_PATH=/x\n'),
    ("bash", 'if [ "${CONDA_BUILD:-0}" != 1 ]; then :; else export LD_LIBRARY_PATH=/x; fi\n'),
    ("python", "print(os.environ['LD_LIBRARY_PATH'])\n"), ("python", "# os.environ['LD_LIBRARY_PATH'] = x\n"),
    ("python", "os.environ['LD_LIBRARY_PATH'] = os.environ['LD_LIBRARY_PATH_ORIG']\n"),
    ("python", "os.environ['LD_LIBRARY_PATH'] = ''\n"), ("python", "os.environ.pop('LD_LIBRARY_PATH')\n"),
    ("python", "if os.environ['LD_LIBRARY_PATH'] == x: pass\n"), ("perl", "delete $ENV{LD_LIBRARY_PATH};\n"),
]


@pytest.fixture
def owned(add, package):
    """Let a package of the distribution own paths."""
    def own(name, *paths):
        package(name, *paths)
        add("/var/lib/dpkg/status", f"Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n")
    return own


def codes(image, site):
    return {one.code: one for one in registry.run(image, site)}
