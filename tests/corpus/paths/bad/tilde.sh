# PTH207@2: ~ as the shell reads it
./configure --prefix=~/sw && make install
