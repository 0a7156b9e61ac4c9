# a filter on an image's configuration
jq -e '.Env | map(select(startswith("LD_LIBRARY_PATH="))) | length == 0' config.json
