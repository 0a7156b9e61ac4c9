# PTH202@3 ?PTH202@2: pushd and an archive
pushd /scratch
tar -xzf /src/tool.tar.gz
popd
