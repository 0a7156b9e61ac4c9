# FFTW, module remove
cat > /usr/share/modules/modulefiles/fftw/3.3.10 <<'EOF'
#%Module1.0
# prepend-path LD_LIBRARY_PATH is not needed: the libraries have a RUNPATH
prepend-path PATH /opt/fftw/bin
remove-path LD_LIBRARY_PATH /opt/fftw/lib
EOF
