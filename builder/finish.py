"""The work of normalise.py as a shell script: what a rendered Containerfile does to a finished tree, from the same tables.

It runs in the container itself, so links cannot lead it to the machine; that it follows none is for the same tree's sake.
"""

from __future__ import annotations

from shlex import join, quote
from typing import Final

from builder.image import PATH as IMAGE_JSON
from builder.normalise import CLEARED, EMPTIED, FIXED, HASH_LINKS, HISTORY, KEPT_IN_RUN, KEYS, MACHINE, MATCHED, REMOVED

# A file that buildah shows in every container and takes away itself.
_BUSY: Final = ".containerenv"

# reached PATH: whether only folders, and no links, lead to it; each FOLDER COMMAND...: the command with all its entries.
_FUNCTIONS: Final = r"""export LC_ALL=C
there() { [ -e "$1" ] || [ -L "$1" ]; }
reached() {
    case ${1%/*} in
        '') ;;
        *) [ -d "${1%/*}" ] && [ ! -L "${1%/*}" ] && reached "${1%/*}" ;;
    esac
}
remove() {
    for path; do
        if reached "$path" && there "$path"; then rm -rf -- "$path"; fi
    done
}
each() {
    folder=$1
    shift
    if ! reached "$folder" || [ ! -d "$folder" ] || [ -L "$folder" ]; then return 0; fi
    for entry in "$folder"/* "$folder"/.[!.]* "$folder"/..?*; do
        if there "$entry"; then "$@" "$entry"; fi
    done
}
remove_but() {
    for kept in $1; do
        if [ "${2##*/}" = "$kept" ]; then return 0; fi
    done
    rm -rf -- "$2"
}
remove_like() { case ${3##*/} in "$1"*"$2") rm -rf -- "$3" ;; esac; }
remove_link() { if [ -L "$2" ] && [ "$(readlink -- "$2")" = "$1" ]; then rm -f -- "$2"; fi; }
empty() {
    if reached "$1" && there "$1"; then
        rm -rf -- "$1"
        : > "$1"
        chmod 0644 "$1"
    fi
}
refuse() { case ${2##*/} in *"$1") echo "$2: a private key of the system would be in the image" >&2; exit 1 ;; esac; }
"""


def script(top: str = "") -> str:
    """The script for the tree at ``top``, which is the root of its container but in tests; for ``sh -e``."""
    forgotten = " ".join(f'"$1"/{quote(name)}' for name in HISTORY)
    lines = [
        f"remove {join(top + path for path in REMOVED)}",
        *(f"each {quote(top + path)} rm -rf --" for path in CLEARED if path not in MACHINE),
        f"each {quote(f'{top}/run')} remove_but {quote(' '.join((*KEPT_IN_RUN, _BUSY)))}",
        *(f"empty {quote(top + path)}" for path in EMPTIED),
        *(f"each {quote(top + path)} remove_like {quote(start)} {quote(end)}" for path, start, end in MATCHED),
        f"each {quote(top + HASH_LINKS[0])} remove_link {quote(HASH_LINKS[1])}",
        f"forget() {{ remove {forgotten}; }}",
        f"forget {quote(f'{top}/root')}",
        f"each {quote(f'{top}/home')} forget",
        *(f"each {quote(top + path)} refuse {quote(end)}" for path, end in KEYS),
        # What is copied over them must not go where a link of the image leads.
        *(f"if [ -L {quote(top + path)} ]; then rm -f {quote(top + path)}; fi" for path in FIXED),
        f"remove {quote(top + IMAGE_JSON.rpartition('/')[0])}",
        f"chmod 0755 {quote(top or '/')}",
    ]
    return _FUNCTIONS + "".join(f"{line}\n" for line in lines)
