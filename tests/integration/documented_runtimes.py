"""What podman-hpc and Apptainer say of themselves, statement by statement, each with the way to observe it in a sandbox."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from observing import mounted, status, there, writable

ALICE, CLUB = 61001, 61009
MARK = f"certify-documented-{os.getpid()}"
OURS = "of the image"
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

RUN = "podman-run(1)"
CONF = "containers.conf(5)"
HPC = "podman-hpc, siteconfig.py"
ENVIRONMENT = "Apptainer User Guide, Environment and Metadata"
BINDS = "Apptainer User Guide, Bind Paths and Mounts"
DOCKER = "Apptainer User Guide, Support for Docker and OCI Containers"
SECURITY = "Apptainer User Guide, Security"
ADMIN = "Apptainer Admin Guide, Configuration Files"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A statement about a runtime, where it is made, how it is observed and what is seen; ``image`` is which is looked at."""

    runtime: str
    statement: str
    source: str
    command: str
    value: str
    image: str = "full"


def podman(source, statement, command, value, **more):
    return Row(runtime="podman-hpc", statement=statement, source=source, command=command, value=value, **more)


def apptainer(source, statement, command, value, **more):
    return Row(runtime="apptainer", statement=statement, source=source, command=command, value=value, **more)


def variable(name):
    return f'echo "${{{name}-unset}}"'


PODMAN = (
    *(podman(f"{RUN}, --read-only", f"the root is writable: {path}", writable(path), "yes")
      for path in ("/", "/usr", "/opt/tool", "/etc", "/var", "/tmp", "/root", "/run")),
    podman(f"{RUN}, --read-only", "files of the image can be changed", "echo x > /usr/bin/env && cat /usr/bin/env", "x"),
    podman(f"{RUN}, --read-only", "and removed", f"rm -r /opt/tool/sub && {there('/opt/tool/sub')}", "no"),
    podman(f"{RUN}, --userns", "a user without options is root in the container", "id -u; id -g", "0\n0"),
    podman(f"{RUN}, --userns", "root's files are root's", "stat -c %u:%g /usr/bin/bash", "0:0"),
    podman(f"{CONF}, default_capabilities", "eleven capabilities are in effect", status("CapEff"), "00000000800405fb"),
    podman(f"{CONF}, default_capabilities", "and no others can be had", status("CapBnd"), "00000000800405fb"),
    podman(f"{CONF}, default_capabilities", "DAC_OVERRIDE: permissions keep root from nothing", "cat /opt/tool/none", OURS),
    podman(f"{CONF}, umask", "the umask is 0022", "umask", "0022"),
    podman(f"{RUN}, --env-host", "the host's variables do not enter", variable("HOST_ONLY"), "unset"),
    *(podman(f"{RUN}, --env-host", f"{name} does not either", variable(name), "unset")
      for name in ("LD_LIBRARY_PATH", "USER", "SLURM_JOB_ID")),
    podman(f"{RUN}, --env", "the image's do", variable("IMAGE_ONLY"), "image"),
    podman(f"{RUN}, --env", "also an empty one", variable("EMPTY"), ""),
    podman(f"{RUN}, --env", "PATH is the image's", variable("PATH"), "/opt/tool:/usr/bin:/bin"),
    podman(f"{CONF}, env", "PATH has a default where the image has none", variable("PATH"), DEFAULT_PATH, image="bare"),
    podman(f"{RUN}, ENVIRONMENT", "container is podman", variable("container"), "podman"),
    podman(f"{RUN}, ENVIRONMENT", "HOME is root's", variable("HOME"), "/root"),
    podman(f"{RUN}, ENVIRONMENT", "TERM is xterm", variable("TERM"), "xterm"),
    podman(f"{HPC}, default_run_args", "the modules' folder is told", variable("PODMANHPC_MODULES_DIR"),
           "/etc/podman_hpc/modules.d"),
    *(podman(f"{RUN}, DESCRIPTION", f"{path} is made", f"{there(path)}; read -r first < {path}; test \"$first\" != '{OURS}' && "
             "echo other", "yes\nother") for path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf")),
    podman(f"{RUN}, DESCRIPTION", "/run/.containerenv is made", there("/run/.containerenv"), "yes"),
    podman(f"{RUN}, --passwd", "/etc/passwd is the image's, which knows root", "cat /etc/passwd", "root:x:0:0::/root:/bin/sh"),
    podman(f"{RUN}, --workdir", "it starts where the image says", "pwd", "/opt/tool"),
    podman(f"{RUN}, --workdir", "or in /", "pwd", "/", image="bare"),
    podman(f"{RUN}, --entrypoint", "the entrypoint is run", variable("ENTERED"), "1"),
    podman(f"{RUN}, --volume", "/tmp is the image's", f"ls /tmp; {there(f'/tmp/{MARK}')}", "of-the-image\nno"),
    podman(f"{RUN}, --volume", "/home is the image's", "ls /home", "of-the-image"),
    podman(f"{RUN}, --ipc", "shared memory is its own", there(f"/dev/shm/{MARK}"), "no"),
    podman(f"{RUN}, --ipc", "and can be written", writable("/dev/shm"), "yes"),
    podman(f"{RUN}, --device", "devices are its own", there("/dev/kmsg"), "no"),
    podman(f"{RUN}, --pid", "processes are its own", "ls -d /proc/[0-9]* | wc -l | tr '2-9' yyyyyyyy", "y"),
    podman(f"{RUN}, --pid", "a name that Shifter drops stays", "ls -d '/a b'", "/a b"),
)

APPTAINER = (
    *(apptainer(f"{DOCKER}, Read-only by Default", f"{path} cannot be written", writable(path), "no")
      for path in ("/", "/usr", "/opt/open", "/etc", "/var", "/run")),
    apptainer(f"{SECURITY}, Runtime & User Privilege Model", "it is the user who starts it", "id -u; id -g", f"{ALICE}\n{ALICE}"),
    apptainer(f"{SECURITY}, Runtime & User Privilege Model", "who gets no new privileges", status("NoNewPrivs"), "1"),
    apptainer(f"{SECURITY}, Runtime & User Privilege Model", "and has none", status("CapEff"), "0000000000000000"),
    apptainer(f"{SECURITY}, Runtime & User Privilege Model", "the image is nosuid", mounted("/", "nosuid"), "yes"),
    apptainer(f"{SECURITY}, Runtime & User Privilege Model", "the network is the machine's", "tail -n +3 /proc/net/dev | wc -l",
              str(len(socket.if_nameindex()))),
    apptainer(f"{ENVIRONMENT}, Environment from the host", "the host's variables enter", variable("HOST_ONLY"), "host"),
    apptainer(f"{ENVIRONMENT}, Environment from the host", "a scheduler's as well", variable("SLURM_JOB_ID"), "7"),
    apptainer(f"{ENVIRONMENT}, Environment from the host", "the image's come before them", variable("BOTH"), "image"),
    apptainer(f"{ENVIRONMENT}, Environment from the host", "LD_LIBRARY_PATH is Apptainer's", variable("LD_LIBRARY_PATH"),
              "/.singularity.d/libs"),
    apptainer(f"{ENVIRONMENT}, Environment from the host", "whose folder is there", there("/.singularity.d/libs"), "yes"),
    apptainer(f"{ENVIRONMENT}, Manipulating PATH", "PATH is not the host's", variable("PATH"), DEFAULT_PATH, image="bare"),
    apptainer(f"{ENVIRONMENT}, Environment Variable Precedence", "missing parts are added to the image's", variable("PATH"),
              "/opt/tool:/usr/bin:/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin"),
    apptainer(f"{ENVIRONMENT}, Environment from a base image", "the image's enter", variable("IMAGE_ONLY"), "image"),
    apptainer(f"{ENVIRONMENT}, Environment from the runtime", "the command is told", variable("APPTAINER_COMMAND"), "exec"),
    apptainer(f"{ENVIRONMENT}, Environment from the runtime", "the old names stay", variable("SINGULARITY_ENVIRONMENT"),
              "/.singularity.d/env/91-environment.sh"),
    apptainer(f"{ENVIRONMENT}, Umask", "the umask is the one outside", "umask", "0027"),
    *(apptainer(f"{BINDS}, System-defined bind paths", f"{path} is the machine's", f"cat {path}/{MARK}; {writable(path)}",
                f"{MARK}\nyes") for path in ("/tmp", "/var/tmp")),
    apptainer(f"{BINDS}, System-defined bind paths", "/sys is the machine's", there("/sys/devices/system/cpu"), "yes"),
    apptainer(f"{BINDS}, System-defined bind paths", "/proc is the kernel's", there("/proc/self/status"), "yes"),
    apptainer(f"{BINDS}, System-defined bind paths", "homes are the machine's", there("/home/of-the-image"), "no"),
    apptainer(f"{BINDS}, System-defined bind paths", "it starts where the caller is", "pwd", f"/tmp/{MARK}.d"),
    apptainer(f"{BINDS}, System-defined bind paths", "/etc/hosts is the machine's", "cat /etc/hosts",
              Path("/etc/hosts").read_text().strip("\n")),
    apptainer(f"{BINDS}, Using --bind with --writable", "an image needs no places for it", "ls -d /tmp /var/tmp /proc /sys /dev",
              "/dev\n/proc\n/sys\n/tmp\n/var/tmp", image="bare"),
    apptainer(f"{ADMIN}, mount dev", "/dev is the machine's", f"cat /dev/shm/{MARK}", MARK),
    apptainer(f"{ADMIN}, config passwd", "the user is added to the image's", "cat /etc/passwd",
              f"root:x:0:0::/root:/bin/sh\nu{ALICE}:x:{ALICE}:{ALICE}::/:/bin/sh"),
    apptainer(f"{ADMIN}, config passwd", "which has no effect where it has none", there("/etc/passwd"), "no", image="bare"),
    apptainer(f"{ADMIN}, config group", "so are the groups", "cat /etc/group",
              f"root:x:0:\ng{ALICE}:x:{ALICE}:\ng{CLUB}:x:{CLUB}:"),
    apptainer(f"{DOCKER}, Dockerfile ENTRYPOINT", "exec runs no entrypoint", variable("ENTERED"), "unset"),
    apptainer(f"{DOCKER}, Default Mounts", "nothing else of the image is hidden", "cat /etc/kept; ls -d '/a b'", f"{OURS}\n/a b"),
)

ROWS = (*PODMAN, *APPTAINER)
