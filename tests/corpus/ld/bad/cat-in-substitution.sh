# ENV104: the text from a here-document in a variable
text=$(cat <<'EOF'
export LD_LIBRARY_PATH=/opt/x/lib
EOF
)
echo "$text" > /etc/profile.d/x.sh
