# ENV104: julia startup
mkdir -p /opt/julia/etc/julia && echo 'ENV["LD_LIBRARY_PATH"] = "/opt/x/lib"' >> /opt/julia/etc/julia/startup.jl
