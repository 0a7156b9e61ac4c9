# ENV104: cat process substitution
cat <(echo 'export LD_LIBRARY_PATH=/opt/x/lib') /opt/x/etc/x.sh > /opt/x/etc/y.sh
