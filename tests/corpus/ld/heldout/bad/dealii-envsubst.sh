# ENV104: deal.II, envsubst
export PREFIX=/opt/dealii
envsubst '$PREFIX' > /etc/profile.d/dealii.sh <<'EOF'
export DEAL_II_DIR=$PREFIX
export LD_LIBRARY_PATH=$PREFIX/lib
EOF
