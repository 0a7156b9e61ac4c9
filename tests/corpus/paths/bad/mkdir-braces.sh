# PTH202@2: braces below a mount
mkdir -p /home/tool/{bin,lib}
