# PTH202@2: the lower-case variable before the target
make prefix=/home/git all install
