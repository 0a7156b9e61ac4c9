# case in writer
cat > /opt/x/bin/check <<'EOF'
#!/bin/bash
case $1 in
  LD_LIBRARY_PATH=*) echo "refused: $1" >&2; exit 2 ;;
esac
grep -q "LD_LIBRARY_PATH=" "$1" && exit 1
EOF
