# ENV104: a subshell's output
( echo '# x'; echo 'export LD_LIBRARY_PATH=/opt/x/lib' ) > /etc/profile.d/x.sh
