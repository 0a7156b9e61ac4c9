# PTH202@2: the folder of a subshell
(cd /global/tool && cp -r /src/tool/. .)
