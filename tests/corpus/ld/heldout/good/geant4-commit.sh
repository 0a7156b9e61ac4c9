# Geant4, commit
git -C /src/geant4 commit -qam "geant4.sh: do not export LD_LIBRARY_PATH=/opt/geant4/lib any more"
