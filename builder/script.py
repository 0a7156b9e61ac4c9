"""How the shell text of a recipe's steps and tests is run."""


def shell(text: str) -> tuple[str, ...]:
    """The command that runs shell text: it stops at the first error, also within a pipe."""
    return ("/bin/bash", "-e", "-o", "pipefail", "-c", text)
