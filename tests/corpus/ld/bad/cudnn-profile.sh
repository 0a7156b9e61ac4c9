# ENV104: cuDNN, tee with sudo
cat <<'EOF' | sudo tee /etc/profile.d/cudnn.sh
export LD_LIBRARY_PATH=/usr/local/cudnn/lib:$LD_LIBRARY_PATH
EOF
