# ENV104: IJulia, kernel json
mkdir -p /usr/share/jupyter/kernels/root
cat > /usr/share/jupyter/kernels/root/kernel.json <<'EOF'
{"argv": ["root", "--notebook", "{connection_file}"],
 "display_name": "ROOT C++",
 "env": {"LD_LIBRARY_PATH": "/opt/root/lib"}}
EOF
