# PTH202@2: pip --root
pip install --no-deps --root /global/root .
