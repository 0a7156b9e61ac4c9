# ENV104: a loads file made by hand
{
  echo "export PATH=/opt/spack/view/bin:\$PATH"
  echo "export LD_LIBRARY_PATH=/opt/spack/view/lib:/opt/spack/view/lib64"
  echo "export MANPATH=/opt/spack/view/man:"
} > /etc/profile.d/z10_spack_environment.sh
