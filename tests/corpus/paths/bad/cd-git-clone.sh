# PTH202@3: clone below the current folder
cd /scratch
git clone -q https://github.com/example/tool
