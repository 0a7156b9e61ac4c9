# ENV104: perl in place
perl -pi -e 's|^(export PATH=.*)$|$1\nexport LD_LIBRARY_PATH=/opt/x/lib|' /root/.bash_profile
