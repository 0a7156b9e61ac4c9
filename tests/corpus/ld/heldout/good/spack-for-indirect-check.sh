# Spack, for indirect check
for v in LD_LIBRARY_PATH LD_PRELOAD; do
    [ -z "${!v}" ] || { echo "$v=${!v} must not be set" >&2; exit 1; }
done
