# ENV104: PETSc, cat chained
cat > /etc/profile.d/petsc.sh <<'EOF' && chmod 0644 /etc/profile.d/petsc.sh
export PETSC_DIR=/opt/petsc
export LD_LIBRARY_PATH=$PETSC_DIR/lib:$LD_LIBRARY_PATH
EOF
