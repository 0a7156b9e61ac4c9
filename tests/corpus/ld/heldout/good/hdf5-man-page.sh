# HDF5, man page
cat > /usr/local/share/man/man1/h5run.1 <<'EOF'
.TH H5RUN 1
.SH ENVIRONMENT
.B LD_LIBRARY_PATH=/opt/hdf5/lib
is not used.
EOF
