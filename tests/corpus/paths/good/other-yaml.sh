# quiet: a config.yaml of another kind
cat > /opt/x/config.yaml <<EOF
root: /scratch/data
view: /home/view
EOF
