# quiet: the same with uv
uv venv /tmp/v && uv pip install --python /tmp/v -r dev.txt
