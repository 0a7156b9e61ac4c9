# ENV104: echo e two lines
echo -e "export PATH=/opt/ompi/bin:\$PATH\nexport LD_LIBRARY_PATH=/opt/ompi/lib:\$LD_LIBRARY_PATH" >> ~/.bashrc
