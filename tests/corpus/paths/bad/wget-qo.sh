# PTH202@2: bundled -qO
wget -qO /global/bin/jq https://example.org/jq && chmod +x /global/bin/jq
