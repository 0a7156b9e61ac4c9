# a remark in a profile
cat > /etc/profile.d/x.sh <<'EOF'
# export LD_LIBRARY_PATH=/opt/x/lib   (not needed: RUNPATH)
export PATH=/opt/x/bin:$PATH
EOF
