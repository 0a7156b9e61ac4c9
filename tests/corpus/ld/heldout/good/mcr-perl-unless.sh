# MATLAB runtime, perl unless
perl -ni -e 'print unless /^\s*(export )?LD_LIBRARY_PATH=/' /opt/mcr/run_app.sh
