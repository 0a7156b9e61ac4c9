# macOS only
export DYLD_LIBRARY_PATH=/opt/x/lib:$DYLD_LIBRARY_PATH
export DYLD_FALLBACK_LIBRARY_PATH=/opt/x/lib
