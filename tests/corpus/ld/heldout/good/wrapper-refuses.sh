# wrapper refuses
cat > /usr/local/bin/vasp <<'EOF'
#!/bin/sh
if [ -n "$LD_LIBRARY_PATH" ]; then
    echo "vasp: LD_LIBRARY_PATH=$LD_LIBRARY_PATH is ignored" >&2
    unset LD_LIBRARY_PATH
fi
exec /opt/vasp/bin/vasp_std "$@"
EOF
