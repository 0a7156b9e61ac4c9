# ENV107: setenv in Lua
cat <<'EOF' > /opt/modulefiles/qe.lua
whatis("Quantum ESPRESSO")
setenv("LD_LIBRARY_PATH", "/opt/qe/lib")
EOF
