# Octave, patchelf from
saved=${LD_LIBRARY_PATH-}
unset LD_LIBRARY_PATH
patchelf --set-rpath "${saved:-/opt/octave/lib}" /opt/octave/bin/octave-cli
