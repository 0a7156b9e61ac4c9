# eb filter
cat > foo.eb <<'EOF'
name = 'foo'
# modextrapaths = {'LD_LIBRARY_PATH': 'lib'}
modextrapaths = {'PATH': 'bin'}
EOF
