# ENV104: sed two commands
sed --in-place=.bak --expression='s#^A=.*#A=1#;s#^L=.*#export LD_LIBRARY_PATH=/opt/x/lib#' /opt/x/etc/x.sh
