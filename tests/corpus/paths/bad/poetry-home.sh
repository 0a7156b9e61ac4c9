# PTH202@2: the installer's own place
curl -sSL https://install.python-poetry.org | POETRY_HOME=/home/poetry python3 -
