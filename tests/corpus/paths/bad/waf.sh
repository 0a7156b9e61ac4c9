# PTH202@2: waf configure
./waf configure --prefix=/scratch/ns3 --build-profile=optimized
./waf build && ./waf install
