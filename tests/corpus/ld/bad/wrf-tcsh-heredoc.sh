# ENV102: csh reads its input
tcsh <<'EOF'
setenv LD_LIBRARY_PATH /opt/wrf/lib
./configure
EOF
