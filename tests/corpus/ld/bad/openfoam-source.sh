# ENV102: OpenFOAM by hand
WM_PROJECT_DIR=/opt/openfoam11
FOAM_LIBBIN=$WM_PROJECT_DIR/platforms/linux64GccDPInt32Opt/lib
export LD_LIBRARY_PATH=$FOAM_LIBBIN:$FOAM_LIBBIN/dummy
./Allwmake -j
