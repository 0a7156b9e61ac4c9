# ENV107: one line at a time
mkdir -p /usr/share/lmod/modulefiles/fftw
echo 'prepend_path("LD_LIBRARY_PATH","/opt/fftw/lib")' >> /usr/share/lmod/modulefiles/fftw/3.3.lua
