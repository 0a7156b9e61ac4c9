# ENV102: perl hash env
perl -e '%ENV = (%ENV, LD_LIBRARY_PATH => "/opt/x/lib"); exec "./x"'
