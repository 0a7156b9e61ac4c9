# PTH202@2: the run file of CUDA
sh cuda_12.3.2_545.23.08_linux.run --silent --toolkit --toolkitpath=/global/cuda --no-man-page
