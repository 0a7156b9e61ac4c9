# ParaView, echo advice
echo "If pvbatch does not start elsewhere: export LD_LIBRARY_PATH=/opt/paraview/lib"
