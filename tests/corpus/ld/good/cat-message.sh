# a message by cat
cat <<EOF
Add this to your job script:
    export LD_LIBRARY_PATH=/opt/x/lib
EOF
