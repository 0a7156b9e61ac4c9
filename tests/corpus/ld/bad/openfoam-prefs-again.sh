# ENV104: openfoam prefs
echo 'export WM_MPLIB=SYSTEMMPI LD_LIBRARY_PATH=/opt/mpich/lib:$LD_LIBRARY_PATH' > $WM_PROJECT_DIR/etc/prefs.sh
