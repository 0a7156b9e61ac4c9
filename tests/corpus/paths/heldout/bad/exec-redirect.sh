# PTH202@2: exec with a log in a mount
exec > /scratch/build.log 2>&1
make
