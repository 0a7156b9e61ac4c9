# ENV104: MATLAB's startup.m
echo "setenv('LD_LIBRARY_PATH', '/opt/freesurfer/lib');" >> /opt/matlab/toolbox/local/startup.m
