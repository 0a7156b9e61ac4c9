# quiet: a name that only starts like a mount
./configure --prefix=/homebrew/opt/x && make install
mkdir -p /globals/a && cp -r build /scratchy/b
install -D tool /cvmfs-tools/bin/tool
