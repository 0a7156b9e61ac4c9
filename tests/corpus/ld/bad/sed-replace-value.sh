# ENV104: sed changes the value
sed -i 's#^LD_LIBRARY_PATH=.*#LD_LIBRARY_PATH=/opt/new/lib#' /opt/x/activate.sh
