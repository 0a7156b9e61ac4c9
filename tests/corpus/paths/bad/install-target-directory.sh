# PTH202@2: --target-directory=
install -m 644 --target-directory=/cvmfs/conf conf/a.conf conf/b.conf
