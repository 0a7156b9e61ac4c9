"""What an ELF file says to the loader, read without trusting a byte of it."""

from certify.elf.reader import Elf, read
from certify.elf.scan import scan
from certify.elf.symbols import symbols
from certify.elf.versions import defined_versions, needed_versions

__all__ = ["Elf", "defined_versions", "needed_versions", "read", "scan", "symbols"]
