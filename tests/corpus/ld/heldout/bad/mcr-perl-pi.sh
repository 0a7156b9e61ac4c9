# ENV104: MATLAB runtime, perl pi
perl -pi -e 's{^exec }{LD_LIBRARY_PATH=/opt/mcr/v913/runtime/glnxa64 exec }' /opt/mcr/run_app.sh
