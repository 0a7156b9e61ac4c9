"""Questions for the shell of a container, and how many of them are asked in one run of the program."""

from __future__ import annotations


def there(path):
    return f"test -e {path} && echo yes || echo no"


def writable(path):
    return f"touch {path}/.probe 2>/dev/null && rm {path}/.probe && echo yes || echo no"


def status(name):
    return f"while read -r name value; do test $name = {name}: && echo $value; done < /proc/self/status || :"


def mounted(path, flag):
    return (f"while read -r _ where _ how _; do test $where = {path} && case ,$how, in *,{flag},*) echo yes; esac; "
            "done < /proc/mounts || :")


def script(commands, *, errors=True):
    """One script that asks everything; with the standard error of each command, or without."""
    return "\n".join(f"echo '@@'; ( {command} ) {'2>&1' if errors else ''}" for command in commands)


def answers(asked, done):
    """What was answered to each, in that run of a script."""
    told = [answer.strip("\n") for answer in done.stdout.split("@@\n")[1:]]
    assert len(told) == len(asked), done.stderr
    return dict(zip(asked, told, strict=True))
