# ENV104: easyconfig modextrapaths
cat > Foo-1.0.eb <<'EOF'
easyblock = 'MakeCp'
name = 'Foo'
version = '1.0'
modextrapaths = {'LD_LIBRARY_PATH': 'lib/foo'}
EOF
eb Foo-1.0.eb
