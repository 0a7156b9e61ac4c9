# PTH202@2: cat with a here-document
cat > /global/etc/site.conf <<EOF
server = licenses.example.org
EOF
