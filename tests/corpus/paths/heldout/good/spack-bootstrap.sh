# quiet: Spack's own user folders in /tmp
export SPACK_USER_CONFIG_PATH=/tmp/spack SPACK_USER_CACHE_PATH=/tmp/spack-cache
git clone -c feature.manyFiles=true https://github.com/spack/spack.git /opt/spack
. /opt/spack/share/spack/setup-env.sh && spack install hdf5
