# html page
cat > /srv/www/index.html <<'EOF'
<pre>export LD_LIBRARY_PATH=/opt/x/lib</pre>
EOF
