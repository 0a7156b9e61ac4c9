# jq select
jq 'select(.env.LD_LIBRARY_PATH == "/opt/x/lib") | .name' k.json > hits.json
