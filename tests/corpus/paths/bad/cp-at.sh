# PTH202@2: cp -at
cp -at /home/tool a b c
