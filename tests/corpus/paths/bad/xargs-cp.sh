# PTH202@2: xargs cp -t
find . -name '*.so' -print0 | xargs -0 cp -t /global/lib
