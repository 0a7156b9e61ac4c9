# ENV107: modfile variable
MODFILE=/opt/modulefiles/gcc/13.2
echo '#%Module' > $MODFILE
echo "prepend-path LD_LIBRARY_PATH /opt/gcc-13/lib64" >> $MODFILE
