# empty through variable
NONE=""
export LD_LIBRARY_PATH=$NONE
LD_LIBRARY_PATH='' LD_PRELOAD="" ./x
