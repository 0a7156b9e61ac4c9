# PTH202@3: the folder of a loop
for what in bin lib include; do
  cp -r build/$what /global/tool/$what
done
