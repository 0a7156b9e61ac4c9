# ENV104: ruby i
ruby -i -pe '$_ << "export LD_LIBRARY_PATH=/opt/x/lib\n" if $. == 1' /opt/x/etc/x.sh
