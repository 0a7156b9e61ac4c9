# array unused docs
usage=("LD_LIBRARY_PATH=/opt/x/lib is ignored" "use RUNPATH")
printf '%s\n' "${usage[@]}"
