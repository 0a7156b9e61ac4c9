# ENV104: part of setvars, kept
cat >/etc/profile.d/oneapi.sh <<"EOF"
ONEAPI_ROOT=/opt/intel/oneapi; export ONEAPI_ROOT
LD_LIBRARY_PATH="${ONEAPI_ROOT}/mkl/latest/lib:${ONEAPI_ROOT}/tbb/latest/lib:${LD_LIBRARY_PATH:-}"; export LD_LIBRARY_PATH
EOF
