# profile only unsets
cat > /etc/profile.d/zz-no-ldpath.sh <<'EOF'
# export LD_LIBRARY_PATH=/opt/x/lib would hide the site's MPI
unset LD_LIBRARY_PATH
EOF
