# PTH202@4: back and forth
pushd /opt/src >/dev/null
pushd /home/out >/dev/null
tar -xzf /src/data.tgz
popd >/dev/null
