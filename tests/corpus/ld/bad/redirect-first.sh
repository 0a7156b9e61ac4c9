# ENV104: redirect first
>> /etc/profile.d/x.sh cat <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
