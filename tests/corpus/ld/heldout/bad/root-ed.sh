# ENV106: ROOT, ed
ed -s /opt/root/bin/thisroot.sh <<'EOF'
$a
export LD_LIBRARY_PATH=/opt/root/lib:$LD_LIBRARY_PATH
.
w
q
EOF
