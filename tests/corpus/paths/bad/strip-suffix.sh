# PTH202@2: a variable without its end
B=/home/app/; ./configure --prefix=${B%/}
