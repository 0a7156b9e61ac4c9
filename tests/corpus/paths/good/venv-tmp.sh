# quiet: an environment for the build alone
python3 -m venv /tmp/venv && /tmp/venv/bin/pip install build && /tmp/venv/bin/python -m build -o /tmp/dist
pip install --prefix=/opt/x /tmp/dist/*.whl
