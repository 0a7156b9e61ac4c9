# ENV104: xeus jq kernel
jq '.env.LD_LIBRARY_PATH = "/opt/xeus/lib"' kernel.json.in > /usr/share/jupyter/kernels/xeus/kernel.json
