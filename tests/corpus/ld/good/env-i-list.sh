# env i list
env -i HOME="$HOME" LD_LIBRARY_PATH= PATH=/usr/bin bash -lc 'echo "LD_LIBRARY_PATH=$LD_LIBRARY_PATH"'
