# ENV102: Spack, su c
su - builder -c "export LD_LIBRARY_PATH=/opt/gcc-13/lib64; spack bootstrap now"
