# quiet: HOME=/tmp before one command
HOME=/tmp npm install -g --prefix /opt/node typescript
HOME=/tmp/h cargo install --root /opt/cargo ripgrep
