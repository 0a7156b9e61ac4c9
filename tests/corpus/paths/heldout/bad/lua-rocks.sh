# PTH202@2: luarocks --tree
luarocks install --tree /global/lua lpeg
