# quiet: only looked at
curl -fsS -o /dev/null https://example.org/home/x
curl -O https://example.org/home/tool
