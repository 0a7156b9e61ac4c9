# export self
export LD_LIBRARY_PATH=$LD_LIBRARY_PATH
./x
