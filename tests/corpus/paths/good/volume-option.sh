# quiet: --volume of a container tool in a script
cat > /opt/x/bin/run <<'EOF'
#!/bin/sh
exec shifter --volume=/scratch/$USER:/data --image=x "$@"
EOF
