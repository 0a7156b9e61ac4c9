# a profile that warns
cat > /etc/profile.d/warn.sh <<'EOF'
if [ -n "$LD_LIBRARY_PATH" ]; then
  echo "warning: LD_LIBRARY_PATH=$LD_LIBRARY_PATH" >&2
fi
EOF
