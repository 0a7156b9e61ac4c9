# PTH202@2: the offline installer of oneAPI
sh l_BaseKit_p_2024.0.1.46_offline.sh -a -s --eula accept --install-dir /global/intel --components intel.oneapi.lin.dpcpp-cpp-compiler
