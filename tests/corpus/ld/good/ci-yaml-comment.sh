# ci yaml comment
cat > .gitlab-ci.yml <<'EOF'
variables:
  # LD_LIBRARY_PATH: /opt/x/lib
  LD_LIBRARY_PATH: ""
EOF
