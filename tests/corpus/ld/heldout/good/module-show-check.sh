# module show check
module show fftw 2>&1 | grep -q 'prepend-path.*LD_LIBRARY_PATH' && exit 1
module unload fftw
