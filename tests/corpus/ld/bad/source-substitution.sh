# ENV102: sourcing what is echoed
source <(echo 'export LD_LIBRARY_PATH=/opt/x/lib')
