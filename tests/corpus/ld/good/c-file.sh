# a program's source
cat > t.c <<'EOF'
int main(void) { return setenv("LD_LIBRARY_PATH", "/x", 1); }
EOF
cc -c t.c
