# ENV106: Geant4, awk redirect
awk '{ print } /^#!/ { print "export LD_LIBRARY_PATH=/opt/geant4/lib" }' geant4.sh.in > /opt/geant4/bin/geant4.sh
