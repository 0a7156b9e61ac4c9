# ENV102: perl starts a program
perl -e '$ENV{LD_LIBRARY_PATH} = "/opt/x/lib"; exec "/opt/x/bin/x", "--test"'
