# IJulia, kernel empty
cat > /usr/share/jupyter/kernels/julia/kernel.json <<'EOF'
{"argv": ["julia", "kernel.jl", "{connection_file}"],
 "display_name": "Julia", "env": {"LD_LIBRARY_PATH": "", "JULIA_NUM_THREADS": "4"}}
EOF
