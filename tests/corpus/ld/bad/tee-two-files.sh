# ENV104: tee two files
cat << EOF | tee -a ~/.bashrc ~/.zshrc > /dev/null
export LD_LIBRARY_PATH=/opt/x/lib
EOF
