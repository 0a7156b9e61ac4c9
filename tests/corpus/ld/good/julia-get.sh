# julia reads
julia -e 'println(get(ENV, "LD_LIBRARY_PATH", "none"))'
