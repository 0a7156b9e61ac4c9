# Julia, test z
test -z "$LD_LIBRARY_PATH" || exit 1
julia -e 'using Libdl; @assert !haskey(ENV, "LD_LIBRARY_PATH")'
