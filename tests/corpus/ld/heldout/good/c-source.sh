# a source text that reads it
cat > check.c <<'EOF'
#include <stdlib.h>
int main(void) { return getenv("LD_LIBRARY_PATH") != 0; /* LD_LIBRARY_PATH=/x */ }
EOF
cc check.c -o check && ./check
