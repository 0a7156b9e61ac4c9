# quiet: EasyBuild with a build path in /tmp
eb --installpath=/opt/easybuild --buildpath=/tmp/eb-build --sourcepath=/tmp/eb-src --tmpdir=/tmp HDF5-1.14.0-gompi-2023a.eb
