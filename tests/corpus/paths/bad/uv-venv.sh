# PTH202@2 ?PTH202@3: uv makes the environment
uv venv --python 3.12 /home/app/.venv
uv pip install --python /home/app/.venv/bin/python jax
