# PTH202@3: in both branches
if [ "$(uname -m)" = x86_64 ]; then P=/home/x86; else P=/home/arm; fi
./configure --prefix=$P
