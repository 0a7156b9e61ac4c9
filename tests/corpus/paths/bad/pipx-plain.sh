# PTH207@3: pipx goes below ~/.local
python3 -m pip install pipx
pipx install nox
