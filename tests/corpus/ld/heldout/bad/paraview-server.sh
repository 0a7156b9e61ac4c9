# ENV103: a server started for its test
cd /opt/paraview
env DISPLAY= LD_LIBRARY_PATH=/opt/paraview/lib/paraview-5.12 timeout 20 ./bin/pvserver --version
