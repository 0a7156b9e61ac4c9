# quiet: home as a relative name
./configure --prefix="$PWD/home" && make install
cp -r x home/tool
mkdir -p scratch/build tmp/x
