# PTH202@2: PIPX_HOME for one command
PIPX_HOME=/home/pipx PIPX_BIN_DIR=/usr/local/bin pipx install ruff
