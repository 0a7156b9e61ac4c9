"""The same small site as in tests/store."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_FILE = Path(__file__).parents[1] / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_world", _FILE)
_module = importlib.util.module_from_spec(_spec)
sys.modules["store_world"] = _module
_spec.loader.exec_module(_module)

keys, open_folder, world = _module.keys, _module.open_folder, _module.world
