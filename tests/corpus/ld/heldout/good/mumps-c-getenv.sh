# MUMPS, c getenv
cat > check_env.c <<'EOF'
#include <stdlib.h>
int main(void) { return getenv("LD_LIBRARY_PATH") != NULL; } /* LD_LIBRARY_PATH=... is an error */
EOF
gcc -o check_env check_env.c && ./check_env
