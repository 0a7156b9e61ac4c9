# ENV102: backslash export
\export LD_LIBRARY_PATH=/opt/x/lib
command export LD_LIBRARY_PATH=/opt/x/lib
