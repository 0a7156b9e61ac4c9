# ENV104: k8s yaml
cat > job.yaml <<'EOF'
env:
  - name: LD_LIBRARY_PATH
    value: /opt/x/lib
EOF
