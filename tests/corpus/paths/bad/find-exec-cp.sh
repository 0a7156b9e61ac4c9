# PTH202@2: find -exec cp
find build -name '*.mod' -exec cp {} /home/mods/ \;
