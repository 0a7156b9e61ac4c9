# ENV102: srun bash heredoc
srun -n1 bash <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
./x
EOF
