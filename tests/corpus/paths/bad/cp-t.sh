# PTH202@2: cp -t with the folder first
cp -a -t /global/tool/lib build/lib/libfoo.so build/lib/libbar.so
