"""Which packages an image holds, as its own package databases say: dpkg, rpm, Python's and conda's."""

from certify.packages.gather import installed, inventory
from certify.packages.model import Inventory, Package

__all__ = ["Inventory", "Package", "installed", "inventory"]
