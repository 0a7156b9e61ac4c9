# ENV104: a Jupyter kernel with ROOT
mkdir -p /opt/jupyter/kernels/root
cat > /opt/jupyter/kernels/root/kernel.json <<'EOF'
{
 "argv": ["python3", "-m", "JupyROOT.kernel.rootkernel", "-f", "{connection_file}"],
 "display_name": "ROOT C++",
 "env": {"ROOTSYS": "/opt/root", "LD_LIBRARY_PATH": "/opt/root/lib"}
}
EOF
