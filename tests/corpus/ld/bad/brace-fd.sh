# ENV104: brace fd
exec {out}> /etc/profile.d/x.sh
echo 'export LD_LIBRARY_PATH=/opt/x/lib' >&$out
