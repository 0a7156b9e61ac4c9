# quiet: a depot for tests alone
JULIA_DEPOT_PATH=/tmp/depot julia -e 'using Pkg; Pkg.test()'
