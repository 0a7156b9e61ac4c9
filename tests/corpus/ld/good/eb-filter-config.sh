# eb filter config
cat > /etc/easybuild.d/site.cfg <<'EOF'
[override]
filter-env-vars = LD_LIBRARY_PATH
rpath = 1
EOF
