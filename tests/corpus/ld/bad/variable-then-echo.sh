# ENV104: the text in a variable
line='export LD_LIBRARY_PATH=/opt/x/lib'
grep -qxF "$line" /etc/profile || echo "$line" >> /etc/profile
