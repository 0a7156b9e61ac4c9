# PTH202@2: uv pip --target
uv pip install --target /global/site-packages -r requirements.lock
