# PTH202@2: mv out of scratch
tar -xf /src/x.tar -C /tmp && mv /tmp/x-1.0 /home/x
