# PTH202@3: braces with a variable
V=4.1.2
./configure --prefix=/global/mpich-${V} --with-device=ch4:ofi
