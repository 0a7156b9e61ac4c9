# ENV104: tox ini
cat > tox.ini <<'EOF'
[testenv]
setenv =
    LD_LIBRARY_PATH = {toxinidir}/lib
EOF
