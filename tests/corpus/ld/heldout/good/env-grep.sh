# looking at the environment
env | grep -E '^(LD_LIBRARY_PATH|PATH)=' || true
