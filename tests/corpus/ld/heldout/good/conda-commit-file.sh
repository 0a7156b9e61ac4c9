# conda commit file
git commit -F - <<'EOF'
Drop the activation script

It did export LD_LIBRARY_PATH=$CONDA_PREFIX/lib, which hides the MPI of the site.
EOF
