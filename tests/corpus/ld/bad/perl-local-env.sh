# ENV102: perl local env
perl -e 'local $ENV{"LD_LIBRARY_PATH"} = "/opt/x/lib"; system("./x")'
