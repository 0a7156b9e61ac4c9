# ENV104: toolchain setup append
cat << EOF > setup_elpa
prepend_path LD_LIBRARY_PATH "/opt/elpa/lib"
export ELPA_ROOT="/opt/elpa"
export LD_LIBRARY_PATH="/opt/elpa/lib:\${LD_LIBRARY_PATH}"
EOF
cat setup_elpa >> /opt/cp2k/install/setup
