# PTH202@2: several sources and a folder
cp -r bin lib share /home/tool
