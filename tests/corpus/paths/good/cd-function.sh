# quiet: a folder that a function goes to
fetch() { cd /opt/src; wget -q "$1"; }
cd /scratch
fetch https://example.org/a.tgz
