# Trilinos, dyld
if [ "$(uname)" = Darwin ]; then
    export DYLD_LIBRARY_PATH=/opt/trilinos/lib:$DYLD_LIBRARY_PATH
fi
ctest
