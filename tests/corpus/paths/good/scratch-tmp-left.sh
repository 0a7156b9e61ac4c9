# quiet: the same, and nothing removed
mkdir -p /tmp/build && cd /tmp/build
curl -fsSL https://example.org/x.tar.gz | tar -xz --strip-components=1
cmake -S . -B b -DCMAKE_INSTALL_PREFIX=/opt/x && cmake --build b && cmake --install b
