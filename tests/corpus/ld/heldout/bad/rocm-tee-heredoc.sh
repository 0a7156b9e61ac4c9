# ENV104: ROCm, tee heredoc
sudo tee /etc/profile.d/rocm.sh >/dev/null <<EOF
export PATH=\$PATH:/opt/rocm/bin
export LD_LIBRARY_PATH=\${LD_LIBRARY_PATH:+\$LD_LIBRARY_PATH:}/opt/rocm/lib
EOF
