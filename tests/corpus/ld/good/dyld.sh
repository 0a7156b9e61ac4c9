# macOS
DYLD_LIBRARY_PATH=/opt/x/lib ./x
