# ENV104: OpenFOAM's bashrc, edited
sed -i 's@^# *export WM_PROJECT_SITE.*@export LD_LIBRARY_PATH=/opt/openfoam/site/lib:$LD_LIBRARY_PATH@' /opt/openfoam/etc/bashrc
