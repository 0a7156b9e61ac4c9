# ENV106: MATLAB's run_x.sh under another name
MCR=/opt/mcr/R2024a
cat <<EOF >/usr/local/bin/spm
#!/bin/sh
LD_LIBRARY_PATH=.:${MCR}/runtime/glnxa64
LD_LIBRARY_PATH=\${LD_LIBRARY_PATH}:${MCR}/bin/glnxa64
export LD_LIBRARY_PATH
exec /opt/spm/spm "\$@"
EOF
chmod 755 /usr/local/bin/spm
