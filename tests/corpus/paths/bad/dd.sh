# PTH202@2: dd of=
dd if=/dev/zero of=/home/swap.bin bs=1M count=16
