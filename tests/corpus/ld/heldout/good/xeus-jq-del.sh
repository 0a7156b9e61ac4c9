# xeus jq del
jq 'del(.env.LD_LIBRARY_PATH)' kernel.json > k.json && mv k.json kernel.json
