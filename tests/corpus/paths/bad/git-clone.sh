# PTH202@2: clone into a folder
git clone --depth 1 --branch v2.1 https://github.com/example/tool.git /home/src/tool
