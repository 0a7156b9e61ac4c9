# quiet: an option that is a cache
pip install --cache-dir /tmp/pip-cache --build /tmp/pip-build --prefix /opt/x .
pip wheel -w /tmp/wheels -r requirements.txt && pip install --no-index --find-links=/tmp/wheels --target=/opt/site .
