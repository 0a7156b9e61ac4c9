# ENV102: oneAPI's compiler
source_dir=/opt/intel/oneapi/compiler/2024.1
export LIBRARY_PATH=$source_dir/lib
export LD_LIBRARY_PATH=$source_dir/lib:$source_dir/opt/compiler/lib
icpx -fsycl a.cpp
