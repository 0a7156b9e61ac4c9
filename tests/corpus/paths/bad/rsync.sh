# PTH202@2: rsync to a folder
rsync -a --delete build/stage/ /home/tool/
