# PTH202@2: Julia's archive, unpacked below a mount
curl -fL https://julialang-s3.julialang.org/bin/linux/x64/1.10/julia-1.10.2-linux-x86_64.tar.gz | tar -C /scratch -x -z -f -
