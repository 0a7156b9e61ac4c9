# quiet: the run file's own scratch
sh cuda.run --silent --toolkit --toolkitpath=/opt/cuda --tmpdir=/tmp
