# ENV104: the file in a variable
PROFILE=/etc/profile.d/x.sh
echo "export X_HOME=/opt/x" > $PROFILE
echo "export LD_LIBRARY_PATH=\$X_HOME/lib" >> $PROFILE
