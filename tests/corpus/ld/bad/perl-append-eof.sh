# ENV104: perl append eof
perl -i -pe '$_ .= "export LD_LIBRARY_PATH=/opt/x/lib\n" if eof' /opt/x/etc/x.sh
