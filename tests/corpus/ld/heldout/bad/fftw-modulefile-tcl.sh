# ENV107: FFTW, modulefile tcl
mkdir -p /usr/share/modules/modulefiles/fftw
cat > /usr/share/modules/modulefiles/fftw/3.3.10 <<'EOF'
#%Module1.0
set root /opt/fftw/3.3.10
prepend-path PATH $root/bin
prepend-path LD_LIBRARY_PATH $root/lib
EOF
