# ENV104: script then run
cat > /tmp/run.sh <<'EOF'
LD_LIBRARY_PATH=/opt/x/lib make check
EOF
bash /tmp/run.sh
