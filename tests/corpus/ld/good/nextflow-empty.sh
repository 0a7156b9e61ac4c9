# nextflow empty
cat > nextflow.config <<'EOF'
env.LD_LIBRARY_PATH = ""
env { LD_LIBRARY_PATH = '' }
EOF
