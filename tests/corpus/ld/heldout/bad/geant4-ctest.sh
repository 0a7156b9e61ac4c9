# ENV108: a test's environment by cmake
cmake -S /src/app -B build -DCMAKE_BUILD_TYPE=Release -DTEST_ENVIRONMENT:STRING="G4DATA=/data;LD_LIBRARY_PATH=/opt/geant4/lib"
