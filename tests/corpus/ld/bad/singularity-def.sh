# ENV104: singularity def
cat > image.def <<'EOF'
Bootstrap: docker
From: debian:12
%environment
    export LD_LIBRARY_PATH=/opt/x/lib
EOF
