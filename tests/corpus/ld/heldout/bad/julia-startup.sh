# ENV104: julia reads it at start
mkdir -p /opt/julia/etc/julia
cat <<'JL' >> /opt/julia/etc/julia/startup.jl
ENV["JULIA_CPU_TARGET"] = "generic"
ENV["LD_LIBRARY_PATH"] = "/opt/julia/lib/julia"
JL
