# ENV104: OpenFOAM, sed a newline
sed -i -e '/^export WM_PROJECT_DIR/a\
export LD_LIBRARY_PATH=$FOAM_LIBBIN:$LD_LIBRARY_PATH' /opt/OpenFOAM/OpenFOAM-v2312/etc/bashrc
