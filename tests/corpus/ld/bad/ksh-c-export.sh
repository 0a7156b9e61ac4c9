# ENV102: ksh c export
/usr/bin/ksh -c 'typeset -x LD_LIBRARY_PATH=/opt/x/lib; ./x'
