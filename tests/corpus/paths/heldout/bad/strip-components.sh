# PTH202@2: mkdir and tar with an equals
mkdir /opt/a && tar -xf a.tar.xz --strip-components=1 --directory /cvmfs/a
