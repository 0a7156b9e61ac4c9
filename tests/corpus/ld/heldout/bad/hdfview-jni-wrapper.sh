# ENV106: hdfview jni wrapper
cat > /usr/local/bin/hdfview <<EOF
#!/bin/bash
HERE=/opt/hdfview
export LD_LIBRARY_PATH="\$HERE/lib:\$HERE/lib/ext"
exec java -Djava.library.path=\$HERE/lib -jar \$HERE/hdfview.jar "\$@"
EOF
chmod 755 /usr/local/bin/hdfview
