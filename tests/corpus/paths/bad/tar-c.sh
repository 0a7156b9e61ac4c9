# PTH202@2: tar -C after the archive
tar -xJf /src/llvm.tar.xz -C /home/apps
