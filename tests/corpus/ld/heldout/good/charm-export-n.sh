# Charm++, export n
export -n LD_LIBRARY_PATH
env -i PATH="$PATH" ./charmrun ++local +p2 ./hello
